// SPDX-License-Identifier: Apache-2.0
#include "runner/us_core/guide.h"

#include "fhir/tree/view.h"

#include <algorithm>

namespace runner::us_core {

namespace {

constexpr std::string_view server = "http://hl7.org/fhir/us/core/CapabilityStatement/us-core-server";
constexpr std::string_view expectation = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-expectation";
constexpr std::string_view combination = "http://hl7.org/fhir/StructureDefinition/capabilitystatement-search-parameter-combination";

// The twin of a primitive holds its extensions; the tree keeps them as its children.
Demand demand_of(fhir::View element) {
    for (const fhir::View extension : element.children()) {
        if (extension.name_text() != "extension" || extension.child("url").text() != expectation) continue;
        const std::string_view code = extension.child("valueCode").text();
        return code == "SHALL" ? Demand::shall : code == "SHOULD" ? Demand::should : Demand::may;
    }
    return Demand::may;
}

template <class Do>
void each(fhir::View parent, std::string_view name, Do what) {
    for (const fhir::View child : parent.children())
        if (child.name_text() == name) what(child);
}

std::vector<Wish> wishes(fhir::View parent, std::string_view name, std::string_view inside = {}) {
    std::vector<Wish> found;
    each(parent, name, [&](fhir::View one) { found.push_back({std::string(inside.empty() ? one.text() : one.child(inside).text()), demand_of(one)}); });
    return found;
}

Parameter parameter_of(fhir::View listed, const fhir::definition::Library& library) {
    Parameter made{.code = std::string(listed.child("name").text()), .type = std::string(listed.child("type").text()), .expression = "", .demand = demand_of(listed)};
    const auto found = library.find("SearchParameter", listed.child("definition").text());
    if (!found) return made;
    const fhir::View definition = found->document->root();
    made.expression = definition.child("expression").text();
    made.comparators = wishes(definition, "comparator");
    made.multiple_or = demand_of(definition.child("multipleOr"));
    made.multiple_and = demand_of(definition.child("multipleAnd"));
    return made;
}

Kind kind_of(fhir::View resource, const fhir::definition::Library& library) {
    Kind made{.type = std::string(resource.child("type").text()), .demand = demand_of(resource)};
    each(resource, "supportedProfile", [&](fhir::View one) { made.profiles.emplace_back(one.text()); });
    made.interactions = wishes(resource, "interaction", "code");
    made.includes = wishes(resource, "searchInclude");
    made.reverse_includes = wishes(resource, "searchRevInclude");
    made.operations = wishes(resource, "operation", "name");
    each(resource, "searchParam", [&](fhir::View one) { made.parameters.push_back(parameter_of(one, library)); });
    each(resource, "extension", [&](fhir::View one) {
        if (one.child("url").text() != combination) return;
        Combination found{.codes = {}, .demand = demand_of(one)};
        each(one, "extension", [&](fhir::View part) {
            if (part.child("url").text() == "required") found.codes.emplace_back(part.child("valueString").text());
        });
        // Patient first, as everybody writes it; the ids of tests come of this order.
        std::stable_sort(found.codes.begin(), found.codes.end(), [](const std::string& a, const std::string& b) { return a == "patient" && b != "patient"; });
        made.combinations.push_back(std::move(found));
    });
    return made;
}

}  // namespace

const char* word(Demand demand) { return demand == Demand::shall ? "SHALL" : demand == Demand::should ? "SHOULD" : "MAY"; }

const Parameter* Kind::parameter(std::string_view code) const {
    for (const Parameter& one : parameters)
        if (one.code == code) return &one;
    return nullptr;
}

Demand Kind::interaction(std::string_view code) const {
    for (const Wish& one : interactions)
        if (one.name == code) return one.demand;
    return Demand::may;
}

const Kind* Guide::kind(std::string_view type) const {
    for (const Kind& one : kinds)
        if (one.type == type) return &one;
    return nullptr;
}

base::Result<Guide> read_guide(const fhir::definition::Library& library) {
    const auto found = library.find("CapabilityStatement", server);
    if (!found) return base::Fault{base::Fault::Kind::missing, "the package hl7.fhir.us.core is not here; give its file with --package"};
    const fhir::View statement = found->document->root();
    Guide guide{.name = "US Core " + found->version};
    each(statement.child("rest"), "resource", [&](fhir::View one) { guide.kinds.push_back(kind_of(one, library)); });
    return guide;
}

}  // namespace runner::us_core
