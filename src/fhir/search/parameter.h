// SPDX-License-Identifier: Apache-2.0
#pragma once

// SearchParameters, R4's own and those of packages, compiled once, and found by (resource type, code). Immutable after compile().

#include "base/result.h"
#include "fhir/schema/schema.h"
#include "fhir/search/package_parameters.h"
#include "fhir/search/shape.h"

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
    std::uint32_t index = 0;  // its place in Parameters; not stable over restarts, `url` is
    std::string url;
    std::string code;
    ParameterType type = ParameterType::string;
    std::vector<std::string> bases;    // resource types; "Resource" and "DomainResource" mean all of them
    std::vector<std::string> targets;  // resource types a reference may point to
    std::string package;  // that brought it: "hl7.fhir.us.core#6.1.0"; "" for R4's own
    std::string expression_text;
    std::shared_ptr<const path::Program> expression;  // null for _id, _lastUpdated (columns), _text, _content and unsupported specials
    std::vector<Component> components;
    LetterCase letter_case = LetterCase::ignored;  // of tokens; from the static types of the expression
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
    const std::vector<std::unique_ptr<Parameter>>& all() const { return all_; }

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
    const ByType& entry(std::string_view resource_type) const;

    std::vector<std::unique_ptr<Parameter>> all_;
    std::unordered_map<std::string, ByType, Hash, std::equal_to<>> by_type_;
    ByType nothing_;
    Shapes shapes_;
};

}  // namespace fhir::search
