// SPDX-License-Identifier: Apache-2.0
#include "fhir/definition/lean.h"

#include "fhir/codec/json.h"
#include "fhir/tree/builder.h"

#include <algorithm>
#include <array>
#include <span>

namespace fhir::definition {

namespace {

using Skipped = std::span<const std::string_view>;

constexpr std::array<std::string_view, 12> of_root = {"text", "meta", "implicitRules", "language", "contact", "description", "purpose", "copyright",
                                                      "useContext", "jurisdiction", "publisher", "mapping"};
constexpr std::array<std::string_view, 12> of_element = {"mapping", "definition", "comment", "requirements", "alias", "example", "isSummary",
                                                         "meaningWhenMissing", "orderMeaning", "label", "code", "isModifierReason"};
constexpr std::array<std::string_view, 1> of_constraint = {"xpath"};
constexpr std::array<std::string_view, 1> differential = {"differential"};

bool stands_in(Skipped names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

void copy_element(View element, Builder& build) {
    build.open("element"_name, true);
    for (const View child : element.children()) {
        if (stands_in(of_element, child.name_text())) continue;
        if (child.name_text() != "constraint") {
            build.copy(child);
            continue;
        }
        build.open(build.name("constraint"), true);
        for (const View part : child.children())
            if (!stands_in(of_constraint, part.name_text())) build.copy(part);
        build.close();
    }
    build.close();
}

}  // namespace

std::string lean_json(View definition) {
    Builder build(definition.document().names());
    build.resource(definition.resource_type());
    const bool made = static_cast<bool>(definition.child("snapshot"_name));
    for (const View child : definition.children()) {
        const std::string_view name = child.name_text();
        if (stands_in(of_root, name) || (made && stands_in(differential, name))) continue;
        if (name != "snapshot" && name != "differential") {
            build.copy(child);
            continue;
        }
        build.open(build.name(name));
        for (const View element : child.children()) {
            if (element.name_text() == "element") {
                copy_element(element, build);
            } else {
                build.copy(element);
            }
        }
        build.close();
    }
    return codec::to_json(std::move(build).finish().root());
}

}  // namespace fhir::definition
