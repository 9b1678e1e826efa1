// SPDX-License-Identifier: Apache-2.0
// SearchParameter (FHIR R4 3.1.3): its expression is FHIRPath, and it agrees with what it is derived from.
#include "fhir/validate/rules/table.h"

#include "fhir/path/program.h"
#include "fhir/validate/rules/element.h"
#include "fhir/validate/rules/remarks.h"

#include <fmt/format.h>

namespace fhir::validate {

using base::IssueType;

void check_search_parameter(const Place& place, const Services& services, const Question&, base::Findings& findings) {
    Remarks remarks(place, findings);
    const View expression = place.node.child("expression"_name);
    if (expression.has_value())
        if (const auto program = path::Program::compile(expression.text(), services.schema); !program)
            remarks.error(IssueType::value, ".expression",
                          fmt::format("this is no FHIRPath: {}", program.fault().text));
    const std::string_view master = text_of(place.node, "derivedFrom");
    if (master.empty()) return;
    const Found found = find_definition(services, place.node, "SearchParameter", master);
    if (!found)
        return remarks.warning(IssueType::business_rule, ".derivedFrom",
                               fmt::format("the search parameter {} is not known", master));
    for (View base : place.node.children("base"_name)) {
        bool fits = false;
        for (View other : found.resource.children("base"_name))
            fits =
                fits || other.text() == base.text() || other.text() == "Resource" || other.text() == "DomainResource";
        if (!fits)
            remarks.error(IssueType::business_rule, ".base", fmt::format("{} is not for {}", master, base.text()));
    }
    if (const View type = place.node.child("type"_name);
        type.has_value() && type.text() != found.resource.text("type"_name))
        remarks.error(IssueType::business_rule, ".type",
                      fmt::format("{} has the type {}", master, found.resource.text("type"_name)));
    if (expression.has_value() && found.resource.child("expression"_name).has_value() &&
        expression.text() != found.resource.text("expression"_name))
        remarks.warning(IssueType::business_rule, ".expression", fmt::format("{} has another expression", master));
}

}  // namespace fhir::validate
