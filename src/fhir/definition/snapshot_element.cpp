// SPDX-License-Identifier: Apache-2.0
// One element of the differential over its base: what replaces, what accumulates, and what may only become narrower
// (FHIR R4 5.1.0.3 "limitations of use").
#include "fhir/definition/model.h"
#include "fhir/definition/snapshot_maker.h"
#include "fhir/definition/version.h"

#include "base/text.h"
#include "fhir/tree/builder.h"

#include <algorithm>
#include <array>

namespace fhir::definition {

namespace {

std::int64_t as_number(std::string_view max) {
    if (max == "*") return INT64_MAX;
    return base::to_integer(max).value_or(-1);
}

// Longest first: "defaultValue" before "value".
constexpr std::array<std::string_view, 5> choices = {"defaultValue", "minValue", "maxValue", "pattern", "fixed"};

// "fixedCode" -> "fixed": forms of one choice replace each other.
std::string_view choice_of(std::string_view property) {
    for (const std::string_view choice : choices)
        if (property.size() > choice.size() && property.starts_with(choice) && property[choice.size()] >= 'A' && property[choice.size()] <= 'Z') return choice;
    return {};
}

int strength(std::string_view code) {
    constexpr std::array<std::string_view, 4> order = {"example", "preferred", "extensible", "required"};
    return static_cast<int>(std::find(order.begin(), order.end(), code) - order.begin());
}

void add_unless(ElementNode& base, View property, std::string_view key) {
    for (const View each : base.all(property.name_text()))
        if (key.empty() ? equal(each, property) : each.child(key).text() == property.child(key).text()) return;
    base.properties.push_back(property);
}

void lay_cardinality(ElementNode& base, const ElementNode& changes, SnapshotMaker& maker) {
    const std::string at = changes.path + (changes.slice.empty() ? "" : ":" + changes.slice);
    if (!changes.min.empty()) {
        // A slice may be optional although one of the slices is needed.
        if (as_number(changes.min) < as_number(base.min) && changes.slice.empty())
            maker.remark(changes, "min = " + changes.min + " of " + at + " is less than the base's " + base.min);
        base.min = changes.min;
    }
    if (!changes.max.empty()) {
        if (!base.max.empty() && as_number(changes.max) > as_number(base.max)) {
            maker.remark(changes, "max = " + changes.max + " of " + at + " is more than the base's " + base.max);
        } else {
            base.max = changes.max;
        }
    }
    if (!base.min.empty() && !base.max.empty() && as_number(base.min) > as_number(base.max) && (!changes.min.empty() || !changes.max.empty()))
        maker.remark(changes, "min = " + base.min + " of " + at + " is more than max = " + base.max);
}

std::string_view code_of(View type) { return type.text("code"_name); }

class Types {
public:
    explicit Types(SnapshotMaker& maker) : maker_(maker), schema_(maker.schema()) {}

    void check(const ElementNode& base, const ElementNode& changes) {
        const auto allowed = base.all("type");
        if (allowed.empty()) return;
        for (const View type : changes.all("type")) {
            // What the standard gives a type of FHIRPath (Extension.url) is called by its FHIR type in differentials.
            const auto fits = [&](View other) {
                return may_be(code_of(type), code_of(other)) || code_of(other).starts_with("http://hl7.org/fhirpath/");
            };
            if (std::none_of(allowed.begin(), allowed.end(), fits)) {
                std::string text = "the type " + std::string(code_of(type)) + " of " + changes.path + " is none of the base's:";
                for (const View other : allowed) (text += ' ') += code_of(other);
                maker_.remark(changes, text);
                continue;
            }
            check_canonicals(allowed, type, "profile", changes);
            check_canonicals(allowed, type, "targetProfile", changes);
        }
    }

private:
    bool derives(std::string_view code, std::string_view base) const {
        const auto type = schema_.find_type(code);
        const auto above = schema_.find_type(base);
        return type != schema::no_type && above != schema::no_type && schema_.derives_from(type, above);
    }
    bool may_be(std::string_view code, std::string_view base) const {
        if (code == base || base == "*" || base == "Base" || base.empty()) return true;
        // Element.id and the like: of FHIRPath's own types, and of any primitive type.
        if (base.starts_with("http://hl7.org/fhirpath/")) return schema_.type(schema_.find_type(code)).kind == schema::TypeKind::primitive;
        if (code.find("://") != std::string_view::npos || schema_.find_type(code) == schema::no_type) {
            // A type of a logical model, or FHIRPath's own: nobody knows what it derives from.
            return code.find("://") != std::string_view::npos || schema_.find_type(base) == schema::no_type;
        }
        return derives(code, base);
    }
    // Does the profile or type build on one of those? Unknown ones may.
    bool builds_on(std::string_view canonical, const std::vector<std::string_view>& bases) {
        std::string at(canonical);
        for (int steps = 0; steps < 16; ++steps) {
            const std::string_view url = without_version(at);
            for (const std::string_view base : bases)
                if (without_version(base) == url) return true;
            const auto structure = maker_.structure(at);
            if (!structure) return true;
            at = structure->root().text("baseDefinition"_name);
            if (at.empty()) return false;
        }
        return true;
    }
    void check_canonicals(const std::vector<View>& allowed, View type, std::string_view property, const ElementNode& changes) {
        std::vector<std::string_view> bases;
        for (const View other : allowed) {
            if (!may_be(code_of(type), code_of(other))) continue;
            const std::size_t before = bases.size();
            for (const View child : other.children())
                if (child.name_text() == property) bases.push_back(child.text());
            if (bases.size() == before) return;  // anything goes
        }
        for (const View child : type.children()) {
            if (child.name_text() != property || builds_on(child.text(), bases)) continue;
            maker_.remark(changes, "the " + std::string(property == "profile" ? "profile " : "target ") + std::string(child.text()) + " of " + changes.path +
                                       " does not build on what the base allows");
        }
    }

    SnapshotMaker& maker_;
    const schema::Schema& schema_;
};

void lay_binding(ElementNode& base, const ElementNode& changes, View binding, SnapshotMaker& maker) {
    const View before = base.first("binding");
    if (strength(before.text("strength"_name)) == 3 && strength(binding.text("strength"_name)) < 3)
        maker.remark(changes, "the binding of " + changes.path + " is required by the base and cannot be made " + std::string(binding.text("strength"_name)));
    if (before && !binding.child("valueSet"_name)) {
        Builder build(maker.schema().names());
        build.open("element"_name);
        build.open("binding"_name);
        build.copy_children(binding);
        if (const View value_set = before.child("valueSet"_name)) build.copy(value_set);
        binding = maker.keep(std::move(build).finish());
    }
    base.replace(binding);
}

}  // namespace

void lay_properties(ElementNode& base, const ElementNode& changes, SnapshotMaker& maker) {
    lay_cardinality(base, changes, maker);
    if (changes.has("type")) {
        Types(maker).check(base, changes);
        base.drop("type");
        base.drop("contentReference");
    }
    for (const View property : changes.properties) {
        const std::string_view name = property.name_text();
        if (name == "type") {
            base.properties.push_back(property);
        } else if (name == "constraint") {
            add_unless(base, property, "key");
        } else if (name == "extension") {
            add_unless(base, property, {});
        } else if (name == "condition" || name == "alias" || name == "mapping" || name == "example" || name == "code" || name == "representation") {
            add_unless(base, property, {});
        } else if (name == "binding") {
            lay_binding(base, changes, property, maker);
        } else if (name == "base") {
            continue;  // that of the base counts
        } else if (const std::string_view choice = choice_of(name); !choice.empty()) {
            std::erase_if(base.properties, [&](View each) { return choice_of(each.name_text()) == choice; });
            base.properties.push_back(property);
        } else {
            if (name == "mustSupport" && property.text() == "false" && base.first("mustSupport").text() == "true")
                maker.remark(changes, "mustSupport of " + changes.path + " is true in the base and cannot become false");
            base.replace(property);
        }
    }
}

}  // namespace fhir::definition
