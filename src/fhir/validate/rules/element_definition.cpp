// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/rules/element_definition.h"

#include "base/text.h"
#include "fhir/path/program.h"
#include "fhir/validate/rules/element.h"

#include <fmt/format.h>
#include <algorithm>
#include <map>
#include <set>

namespace fhir::validate {

using base::IssueType;

namespace {

constexpr std::string_view definitions = "StructureDefinition";
constexpr std::string_view fhir_type = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type";

// What a type has that constraints are for.
enum Trait : unsigned { range = 1, length = 2, bind = 4, target = 8, size = 16 };

constexpr std::pair<std::string_view, unsigned> traits[] = {
    {"integer", range | length},
    {"decimal", range | length},
    {"base64Binary", size},
    {"instant", range | length},
    {"string", length | bind},
    {"uri", length | bind},
    {"date", range | length},
    {"dateTime", range | length},
    {"time", range | length},
    {"canonical", target | length},
    {"code", length | bind},
    {"id", length},
    {"markdown", length},
    {"oid", length | bind},
    {"positiveInt", range | length},
    {"unsignedInt", range | length},
    {"url", length | bind},
    {"uuid", length | bind},
    {"Age", range | bind},
    {"Attachment", size},
    {"CodeableConcept", bind},
    {"Coding", bind},
    {"Count", range | bind},
    {"Distance", range | bind},
    {"Duration", range | bind},
    {"Money", range},
    {"Quantity", range | bind},
    {"Range", bind},
    {"Reference", target},
    {"Extension", bind},
    {"MoneyQuantity", range | bind},
    {"SimpleQuantity", range | bind},
};

unsigned traits_of(std::string_view type) {
    for (const auto& [name, value] : traits)
        if (name == type) return value;
    return 0;
}

class Elements {
public:
    Elements(View definition, View base, const Services& services, Remarks& remarks)
        : self_(definition), base_(base), services_(services), remarks_(remarks), url_(definition.text("url"_name)) {
        type_ = self_.text("type"_name);
        type_ = type_.substr(type_.rfind('/') + 1);
        constraint_ = self_.text("derivation"_name) == "constraint";
    }

    void run() {
        for (const char* part : {"differential", "snapshot"}) {
            snapshot_ = std::string_view(part) == "snapshot";
            keys_.clear();
            std::size_t i = 0;
            for (View element : self_.child(part).children("element"_name))
                check(element, fmt::format(".{}.element[{}]", part, i++));
        }
    }

private:
    void check(View element, const std::string& below) {
        const std::string_view path = element.text("path"_name);
        if (path.empty()) return;
        const bool root = path.find('.') == std::string_view::npos;
        if (!type_.empty() && path != type_ && !(path.starts_with(type_) && path[type_.size()] == '.'))
            remarks_.error(IssueType::value, below + ".path",
                           fmt::format("the path '{}' does not start with the type '{}'", path, type_));
        if (const View slicing = element.child("slicing"_name)) sliced(path, root, below);
        if (!snapshot_ && constraint_ && element.child("meaningWhenMissing") && path != "Extension" &&
            !path.ends_with(".extension"))
            remarks_.error(IssueType::business_rule, below, "a profile cannot say what a missing element means");
        types(element, path, root, below);
        if (snapshot_) shape(element, path, root, below);
        std::size_t i = 0;
        for (View invariant : element.children("constraint"_name))
            check_invariant(invariant, fmt::format("{}.constraint[{}]", below, i++));
    }

    void sliced(std::string_view path, bool root, const std::string& below) {
        if (root) {
            if (!snapshot_)
                remarks_.error(IssueType::value, below + ".slicing", "the root of a profile cannot be sliced");
            return;
        }
        if (path.ends_with("[x]")) return;
        if (const schema::Element* row = row_of(path);
            row != nullptr && row->max <= 1 && !row->is(schema::Element::choice))
            remarks_.error(IssueType::value, below + ".slicing",
                           fmt::format("'{}' does not repeat, so it cannot be sliced", path));
    }

    // The element of the standard with exactly that path; nullptr below datatypes and for what the standard does not
    // have.
    const schema::Element* row_of(std::string_view path) const {
        const auto steps = base::split(path, '.');
        schema::TypeId type = services_.schema.find_type(steps[0]);
        const schema::Element* row = nullptr;
        for (std::size_t i = 1; i < steps.size() && type != schema::no_type; ++i) {
            const schema::TypeKind kind = services_.schema.type(type).kind;
            if (i > 1 && kind != schema::TypeKind::backbone) return nullptr;
            row = services_.schema.element(type, services_.schema.names().find(steps[i]));
            if (row == nullptr) return nullptr;
            type = row->type;
        }
        return row;
    }

    void types(View element, std::string_view path, bool root, const std::string& below) {
        codes_.clear();
        bool known = root;
        unsigned has = root ? traits_of(path) : 0;
        if (root) codes_.insert(path);
        std::size_t i = 0;
        for (View type : element.children("type"_name)) {
            const std::string place = fmt::format("{}.type[{}]", below, i++);
            std::string_view code = type.text("code"_name);
            if (const View real = extension_value(type, fhir_type)) code = real.text();
            if (code.empty()) continue;
            codes_.insert(code);
            if (services_.schema.find_type(code) != schema::no_type || traits_of(code) != 0) {
                known = true;
                has |= traits_of(code);
                if (type.child("targetProfile"_name) && (traits_of(code) & target) == 0)
                    remarks_.error(IssueType::business_rule, place, fmt::format("a {} has no targets", code));
            }
            if (services_.schema.find_type(code) == schema::no_type && code.find(':') == std::string_view::npos &&
                code.find('/') == std::string_view::npos && traits_of(code) == 0 &&
                !services_.library.knows(definitions, fmt::format("http://hl7.org/fhir/StructureDefinition/{}", code)))
                remarks_.warning(IssueType::value, place + ".code", fmt::format("R4 has no type '{}'", code));
            profiles(type, code, path, place);
        }
        if (!known || codes_.empty()) return;
        const auto needs = [&](const char* name, bool present, unsigned trait) {
            if (present && (has & trait) == 0)
                remarks_.error(IssueType::business_rule, below, fmt::format("'{}' makes no sense for this type", name));
        };
        needs("binding", static_cast<bool>(element.child("binding"_name)), bind);
        needs("maxLength", static_cast<bool>(element.child("maxLength")), length);
        needs("minValue", static_cast<bool>(choice_of(element, "minValue")), range);
        needs("maxValue", static_cast<bool>(choice_of(element, "maxValue")), range);
        needs("minLength",
              static_cast<bool>(extension_of(element, "http://hl7.org/fhir/StructureDefinition/minLength")), length);
        needs("maxSize", static_cast<bool>(extension_of(element, "http://hl7.org/fhir/StructureDefinition/maxSize")),
              size);
        if (const std::string_view set = element.child("binding"_name).text("valueSet"_name);
            !set.empty() && !services_.library.knows("ValueSet", set) && services_.library.knows("CodeSystem", set))
            remarks_.error(IssueType::business_rule, below + ".binding.valueSet",
                           fmt::format("{} is a code system, not a value set", set));
    }

    // A datatype is itself only: a Count is not meant where a Quantity is. Resources are what they derive from too.
    bool is_a(std::string_view real, std::string_view code) const {
        if (real == code) return true;
        const schema::TypeId type = services_.schema.find_type(real);
        const schema::TypeId base = services_.schema.find_type(code);
        return type != schema::no_type && base != schema::no_type &&
               services_.schema.type(type).kind == schema::TypeKind::resource &&
               services_.schema.derives_from(type, base);
    }

    // A profile of a type is for that type; a target is a resource.
    void profiles(View type, std::string_view code, std::string_view path, const std::string& below) {
        std::size_t i = 0;
        for (View profile : type.children("profile"_name)) {
            const std::string place = fmt::format("{}.profile[{}]", below, i++);
            const Found found = find_definition(services_, {}, definitions, profile.text());
            if (!found) {
                remarks_.warning(IssueType::not_found, place,
                                 fmt::format("the profile {} is not known", profile.text()));
                continue;
            }
            if (const std::string_view real = found.resource.text("type"_name); !is_a(real, code)) {
                remarks_.error(IssueType::value, place,
                               fmt::format("{} is a profile of {}, not of {}", profile.text(), real, code));
                continue;
            }
            if (code != "Extension") continue;
            const View head = (found.resource.child("snapshot"_name) ? found.resource.child("snapshot"_name)
                                                                     : found.resource.child("differential"_name))
                                  .child("element"_name);
            const bool modifier = is_true(head, "isModifier");
            if (modifier != path.ends_with(".modifierExtension") && (modifier || path.ends_with(".modifierExtension")))
                remarks_.error(IssueType::value, place,
                               modifier ? "a modifier extension stands in modifierExtension"
                                        : "this is no modifier extension, so it stands in extension");
        }
        i = 0;
        for (View profile : type.children("targetProfile"_name)) {
            const std::string place = fmt::format("{}.targetProfile[{}]", below, i++);
            const Found found = find_definition(services_, {}, definitions, profile.text());
            if (!found) {
                remarks_.warning(IssueType::not_found, place,
                                 fmt::format("the profile {} is not known", profile.text()));
            } else if (const std::string_view kind = found.resource.text("kind"_name);
                       kind == "complex-type" || kind == "primitive-type") {
                remarks_.error(IssueType::value, place, fmt::format("{} is no profile of a resource", profile.text()));
            }
        }
    }

    // What stands in a snapshot, and what never does (FHIR R4 2.25.0.3).
    void shape(View element, std::string_view path, bool root, const std::string& below) {
        if (!root && codes_.empty() && !element.child("contentReference"_name))
            return remarks_.error(IssueType::required, below,
                                  fmt::format("'{}' needs a type or a contentReference", path));
        if (!root)
            for (const char* stem : {"defaultValue", "fixed", "pattern"})
                if (const View value = choice_of(element, stem); value && !holds(choice_type(value, stem)))
                    remarks_.error(
                        IssueType::value, fmt::format("{}.{}", below, stem),
                        fmt::format("a {} is not of a type that '{}' may have", choice_type(value, stem), path));
        const auto refuse = [&](std::string_view name, bool present) {
            if (present)
                remarks_.error(IssueType::business_rule, below, fmt::format("'{}' may not stand at '{}'", name, path));
        };
        if (root) {
            for (const char* name : {"sliceName", "slicing", "requirements", "maxLength"})
                refuse(name, static_cast<bool>(element.child(name)));
            for (const char* stem : {"defaultValue", "fixed", "pattern", "minValue", "maxValue"})
                refuse(stem, static_cast<bool>(choice_of(element, stem)));
            return;
        }
        if (constraint_) return;
        for (const char* name : {"min", "max"})
            if (!element.child(name))
                remarks_.error(IssueType::required, below, fmt::format("'{}' needs '{}'", path, name));
        refuse("sliceName", static_cast<bool>(element.child("sliceName"_name)));
        for (const char* stem : {"fixed", "pattern", "minValue", "maxValue"})
            refuse(stem, static_cast<bool>(choice_of(element, stem)));
    }

    // Among the types of the element; the names of choices start with a capital letter, those of primitives do not.
    bool holds(std::string_view type) const {
        return std::any_of(codes_.begin(), codes_.end(), [&](std::string_view code) {
            return code.size() == type.size() && code.substr(1) == type.substr(1) &&
                   (code[0] | 0x20) == (type[0] | 0x20);
        });
    }

    void check_invariant(View invariant, const std::string& below) {
        const std::string_view key = invariant.text("key"_name);
        const std::string_view expression = invariant.text("expression"_name);
        const std::string_view source = invariant.text("source"_name);
        if (key.empty()) return remarks_.warning(IssueType::required, below, "an invariant needs a key");
        if (expression.empty())
            return remarks_.note(IssueType::informational, below,
                                 fmt::format("the invariant '{}' has no expression, so nothing checks it", key));
        const bool own = source.empty() || source == url_ || source.substr(0, source.find('|')) == url_;
        if (!snapshot_ && !own)
            return remarks_.error(
                IssueType::value, below + ".source",
                fmt::format("the invariant '{}' is defined here, so its source is this profile", key));
        const auto [known, fresh] = keys_.emplace(key, expression);
        if (!fresh && known->second != expression && key != "ele-1") {
            remarks_.error(IssueType::value, below,
                           fmt::format("the key '{}' stands for two different expressions", key));
        } else if (!snapshot_ && fresh && used_otherwise(key, expression)) {
            remarks_.error(IssueType::value, below,
                           fmt::format("the key '{}' is used for another expression in what this is based on", key));
        }
        if (!own || !fresh) return;
        if (const auto program = path::Program::compile(expression, services_.schema); !program)
            remarks_.error(IssueType::value, below + ".expression",
                           fmt::format("the invariant '{}' is no FHIRPath: {}", key, program.fault().text));
    }

    bool used_otherwise(std::string_view key, std::string_view expression) {
        if (!base_keys_) {
            base_keys_.emplace();
            for (View element : base_.child("snapshot"_name).children("element"_name))
                for (View invariant : element.children("constraint"_name))
                    base_keys_->emplace(invariant.text("key"_name), invariant.text("expression"_name));
        }
        const auto known = base_keys_->find(key);
        return known != base_keys_->end() && known->second != expression;
    }

    View self_, base_;
    const Services& services_;
    Remarks& remarks_;
    std::string_view url_, type_;
    bool constraint_ = false;
    bool snapshot_ = false;
    std::set<std::string_view> codes_;  // types of the element at hand
    std::map<std::string_view, std::string_view> keys_;
    std::optional<std::map<std::string_view, std::string_view>> base_keys_;
};

}  // namespace

void check_elements(View definition, View base, const Services& services, Remarks& remarks) {
    Elements(definition, base, services, remarks).run();
}

}  // namespace fhir::validate
