// SPDX-License-Identifier: Apache-2.0
#pragma once

// SearchParameters, compiled once, and found by (resource type, code): R4's own, those of packages, and those that users stored.
//
// Immutable. What users store makes a new generation, which shares everything that has not changed with the one before
// (join, join.cpp): about a millisecond. In one process Parameter::index never gets another meaning, so index values of two generations
// can meet.

#include "base/result.h"
#include "fhir/schema/schema.h"
#include "fhir/search/package_parameters.h"
#include "fhir/search/shape.h"
#include "fhir/search/stored_parameter.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fhir::path {
class Program;
}

namespace fhir::search {

enum class ParameterType : std::uint8_t { number, date, string, token, reference, composite, quantity, uri, special };

const char* spelling(ParameterType type);  // "number" ... as FHIR spells them
std::optional<ParameterType> parameter_type(std::string_view spelling);

// Whether upper and lower case count in the values of a token (token.h).
enum class LetterCase : std::uint8_t {
    ignored,  // codes, Codings, CodeableConcepts, ContactPoints, booleans
    counts,   // Identifiers, and strings, ids and uris
    mixed     // some values are of the one kind and some of the other, or nobody can tell
};

struct Parameter {
    struct Component {
        const Parameter* parameter = nullptr;                 // its type decides how the value is read
        std::shared_ptr<const path::Program> expression;      // relative to the composite's own elements
    };
    std::uint32_t index = 0;  // its place in Parameters::all(); not stable over restarts, `url` is
    std::string url;
    std::string code;
    ParameterType type = ParameterType::string;
    std::vector<std::string> bases;    // resource types; "Resource" and "DomainResource" mean all of them
    std::vector<std::string> targets;  // resource types a reference may point to
    std::string package;  // that brought it: "hl7.fhir.us.core#6.1.0"; "SearchParameter/1": stored here; "" for R4's own
    std::string expression_text;
    std::shared_ptr<const path::Program> expression;  // null for _id, _lastUpdated (columns), _text, _content and unsupported specials
    std::vector<Component> components;
    LetterCase letter_case = LetterCase::ignored;  // of tokens; from the static types of the expression
    bool by_address = false;  // of references: they are canonicals, that is addresses of definitions, and lead to no resource by its id
    std::vector<std::string> single_in{};  // of dates: resource types that have one value at most (single.h)
};

// _text and _content: found by words; near: by place. Their rows are of these kinds.
bool is_words(const Parameter& parameter);
bool is_position(const Parameter& parameter);

// Whether a search may ask for it: one without expression exists only where a column stands for it. What is true here is
// advertised, what is not is refused.
bool is_supported(const Parameter& parameter);

// What its index rows depend on: when this text changes, a store makes them anew.
std::string meaning_of(const Parameter& parameter);

// How one parameter is read from one resource type: the branches of its expression that can yield something there
// ("Patient.name | Practitioner.name" is one program for each of the two).
struct Extraction {
    const Parameter* parameter = nullptr;
    std::vector<std::shared_ptr<const path::Program>> branches;
};

class Parameters;

// What came of a SearchParameter that is stored here.
struct Joined {
    StoredParameter what;
    const Parameter* parameter = nullptr;  // that its url means now: itself, or R4's own. null: it is not searched
    base::Findings findings;               // why not, or not for all of its types
    std::shared_ptr<const Parameters> alone;  // compiled; null when nothing came of it
};

class Parameters {
public:
    // Compiles every row of the schema, which must outlive the result. A row whose expression does not compile is a
    // Finding, not a Fault. Those of packages join in where they bring a code that a type does not have yet. Where R4 has
    // the code, R4's own stays: clients and compartments rely on it, and what guides restate is mostly the same; a
    // Finding tells of expressions that differ. Of two packages the one whose URL comes first in the alphabet wins.
    static base::Result<Parameters> compile(const schema::Schema& schema, base::Findings& findings, const PackageParameters* packages = nullptr);

    // "name" for "Patient"; parameters of Resource and DomainResource are found for every type. An empty type (search
    // over all types) knows the parameters of Resource only. nullptr if unknown.
    const Parameter* find(std::string_view resource_type, std::string_view code) const;
    // All that apply to a type, sorted by code.
    const std::vector<const Parameter*>& of(std::string_view resource_type) const;
    // By Parameter::index. In later generations also places of those that are not in use any more (in_use).
    const std::vector<std::shared_ptr<const Parameter>>& all() const { return all_; }
    bool in_use(std::uint32_t index) const { return index < all_.size() && by_url(all_[index]->url) == all_[index].get(); }
    const Parameter* by_url(std::string_view url) const;  // the one in use; nullptr if unknown
    // By Parameter::index: the resource types that it is read from, sorted; {"*"} stands for all.
    std::vector<std::vector<std::string>> types() const;

    // The next generation: `base` (R4's own and packages') with what is stored, in order of creation. The code that a type has already stays:
    // R4's own first, then packages', then the one stored first. A stored one with the url of a package's takes its place; R4's
    // own urls keep their meaning. Findings stand in joined(). `before` is the generation in use, perhaps `base`.
    static std::shared_ptr<const Parameters> join(const schema::Schema& schema, const Parameters& base, const Parameters& before,
                                                  std::vector<StoredParameter> stored);
    // What it would say of one more.
    static base::Findings remarks_on(const StoredParameter& what, const schema::Schema& schema, const Parameters& known);
    const std::vector<Joined>& joined() const { return joined_; }
    std::uint64_t generation() const { return generation_; }  // from 1

    // What extraction runs for a type, sorted by Parameter::index.
    const std::vector<Extraction>& extractions(std::string_view resource_type) const;
    const Shapes& shapes() const { return shapes_; }

private:
    struct ByType {
        std::vector<const Parameter*> parameters;
        std::vector<Extraction> extractions;
        std::unordered_map<std::string_view, const Parameter*> by_code;  // keys live in the parameters
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    using Rows = std::vector<schema::SearchParameterRow>;
    // The rows behind `own` are of packages. `known`, when there is one, knows components that are not among the rows, and the first
    // row gets the next index after its.
    static base::Result<Parameters> compile_rows(const schema::Schema& schema, const Rows& rows, std::size_t own, const PackageParameters* packages,
                                                 const Parameters* known, base::Findings& findings);
    const ByType& entry(std::string_view resource_type) const;
    ByType& own_entry(const std::string& resource_type);  // a copy of what generations share
    void take_out(const Parameter& parameter);
    bool take_in(const Parameters& alone, const Parameter& parameter, base::Findings& findings);
    void join_one(const schema::Schema& schema, const Parameters& base, const Parameters& before, Joined& one);

    std::vector<std::shared_ptr<const Parameter>> all_;
    std::unordered_map<std::string_view, const Parameter*> by_url_;  // in use; keys live in the parameters
    std::unordered_map<std::string, std::shared_ptr<const ByType>, Hash, std::equal_to<>> by_type_;
    Shapes shapes_;
    std::vector<Joined> joined_;
    std::uint64_t generation_ = 1;
};

}  // namespace fhir::search
