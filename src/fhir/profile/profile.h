// SPDX-License-Identifier: Apache-2.0
#pragma once

// A StructureDefinition, ready to check with: its snapshot as a tree of immutable nodes, one for each ElementDefinition.
//
// Compiled once (cache.h) and shared by all threads. A Profile keeps its own small copy of what it needs from the
// definition: about 20 to 100 KB, a tenth of the definition itself. Constraints that well-shaped resources always
// fulfil (ele-1, ext-1, dom-2, dom-3, txt-1, txt-2: validate/structure.h) are left out, and every node knows whether
// there is anything to check in it, so that R4's own definitions cost nearly nothing where they only repeat the shape.
//
// Views and text in a node point into the Profile; nodes live as long as it does.

#include "base/finding.h"
#include "fhir/definition/library.h"
#include "fhir/path/cache.h"
#include "fhir/schema/schema.h"
#include "fhir/tree/view.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fhir::profile {

class Profile;
struct Node;

inline constexpr std::uint32_t unbounded = 0xFFFFFFFF;

// May a value of `type` stand where `allowed` is asked for? The very type (a code is no string), or any that is derived
// from an abstract one or from a resource.
bool fits(const schema::Schema& schema, schema::TypeId type, schema::TypeId allowed);

// One allowed type of an element (ElementDefinition.type).
struct TypeUse {
    enum Aggregation : std::uint8_t { contained = 1, referenced = 2, bundled = 4 };
    enum class Versioning : std::uint8_t { either, independent, specific };

    std::string_view code;                       // "HumanName", "Reference", "string"
    schema::TypeId type = schema::no_type;       // no_type: a type that R4 does not have
    std::vector<std::string_view> profiles{};    // one of these the value must conform to
    std::vector<std::string_view> targets{};     // targetProfile: one of these what it points to must conform to
    std::uint8_t aggregation = 0;                // bits; 0 = any way
    Versioning versioning = Versioning::either;
};

struct Binding {
    enum class Strength : std::uint8_t { example, preferred, extensible, required };
    Strength strength = Strength::example;
    std::string_view value_set;                // canonical, may carry a version; "" = only described
    std::string_view max_value_set{};          // elementdefinition-maxValueSet; "" = none
};

struct Constraint {
    std::string_view key;
    std::string_view human;
    bool error = true;                          // else a warning
    bool best_practice = false;
    std::shared_ptr<const path::Program> program;  // null: it could not be compiled, `fault` says why
    std::string fault{};
    std::string_view expression;
};

// How the slices of an element are told apart (FHIR R4 5.1.0.13).
struct Discriminator {
    enum class Kind : std::uint8_t { value, pattern, exists, type, profile, position };
    struct Step {
        enum class Kind : std::uint8_t { child, extension, of_type, resolve };
        Kind kind = Kind::child;
        Name name = no_name;          // child
        std::string text{};           // child's name, extension's url or type's name
    };
    Kind kind = Kind::value;
    std::vector<Step> steps{};        // empty: $this
    std::string_view path;
    bool understood = true;           // false: a path beyond the simple ones
};

struct Slicing {
    enum class Rules : std::uint8_t { open, closed, open_at_end };
    std::vector<Discriminator> by{};
    Rules rules = Rules::open;
    bool ordered = false;
};

struct Node {
    const Profile* profile = nullptr;
    View definition{};                 // the ElementDefinition, reduced to what is used
    std::string_view id;               // "Patient.extension:race.url"
    std::string_view path;             // "Patient.extension.url"
    std::string_view slice_name;       // "" = no slice
    Name name = no_name;               // "value" for value[x]; no_name when R4 has no element so named
    std::string_view name_text;        // the same as text
    schema::TypeId parent_type = schema::no_type;  // whose row it is, when known

    std::uint32_t min = 0;
    std::uint32_t max = unbounded;
    std::uint32_t max_length = 0;      // characters; 0 = any
    std::uint32_t min_length = 0;
    bool checks_count = false;         // min or max are narrower than the shape of R4
    bool checks_types = false;         // fewer types than the shape of R4
    bool checks_value = false;         // fixed, pattern, range, length
    bool counts_children = false;      // some child has checks_count, or slices
    bool must_support = false;
    bool choice = false;

    std::vector<TypeUse> types{};
    View fixed{};
    View pattern{};
    View min_value{};
    View max_value{};
    std::optional<Binding> binding{};
    std::vector<Constraint> constraints{};
    std::optional<Slicing> slicing{};
    std::vector<const Node*> slices{};                           // in order; a slice has its reslices in its own
    std::vector<std::pair<Name, const Node*>> children{};       // in order of the snapshot
    const Node* content = nullptr;                              // contentReference: whose children stand here
    std::vector<std::string_view> value_alternatives{};         // extensions that may stand instead of a value
    bool must_have_value = false;
    std::vector<std::string_view> narrative_languages{};        // narrative-language-control: _yes, _no, _resource or a language

    const std::vector<std::pair<Name, const Node*>>& parts() const { return content ? content->children : children; }
    // The child of that name (choices by their base name), slices aside; null when the profile does not mention it.
    const Node* child(Name child_name) const {
        for (const auto& [known, node] : parts())
            if (known == child_name) return node;
        return nullptr;
    }
    const TypeUse* type(std::string_view code) const {
        for (const TypeUse& use : types)
            if (use.code == code) return &use;
        return nullptr;
    }
};

// Where an extension may be used (StructureDefinition.context).
struct Context {
    enum class Kind : std::uint8_t { element, extension, fhirpath };
    Kind kind = Kind::element;
    std::string_view expression;
    std::shared_ptr<const path::Program> program{};  // fhirpath
};

class Profile {
public:
    // The snapshot of `definition`. Fault (invalid) when there is none, or it is no tree.
    static base::Result<std::shared_ptr<const Profile>> compile(const definition::Definition& definition,
                                                                const schema::Schema& schema, path::Cache& programs);

    const Node& root() const { return *nodes_.front(); }
    const std::string& url() const { return url_; }
    const std::string& version() const { return version_; }
    const std::string& package() const { return package_; }
    std::string_view type_name() const { return type_name_; }
    schema::TypeId type() const { return type_; }                    // no_type for what is no type of R4
    bool abstract() const { return abstract_; }
    bool constrains() const { return constrains_; }                  // a profile, and not a type's own definition
    std::string_view base() const { return base_; }                  // baseDefinition
    const std::vector<Context>& contexts() const { return contexts_; }
    const std::vector<Constraint>& context_invariants() const { return context_invariants_; }
    // By id ("Patient.name:official"), or by path when no id is so; null when unknown.
    const Node* find(std::string_view id) const;
    // The root slice or element node with that sliceName; null when unknown.
    const Node* find_slice(std::string_view slice) const;
    std::size_t size() const { return nodes_.size(); }

private:
    friend class Compiler;
    Profile() = default;

    std::optional<Document> document_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::string url_, version_, package_;
    std::string_view type_name_, base_;
    schema::TypeId type_ = schema::no_type;
    bool abstract_ = false;
    bool constrains_ = false;
    std::vector<Context> contexts_;
    std::vector<Constraint> context_invariants_;
};

}  // namespace fhir::profile
