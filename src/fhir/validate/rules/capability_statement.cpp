// SPDX-License-Identifier: Apache-2.0
// CapabilityStatement (FHIR R4 5.4): a search parameter has the type that its definition gives it.
#include "fhir/validate/rules/element.h"
#include "fhir/validate/rules/remarks.h"
#include "fhir/validate/rules/table.h"

#include <fmt/format.h>

namespace fhir::validate {

void check_capability_statement(const Place& place, const Services& services, const Question&, base::Findings& findings) {
    Remarks remarks(place, findings);
    std::size_t r = 0;
    for (View rest : place.node.children("rest"_name)) {
        std::size_t t = 0;
        for (View resource : rest.children("resource"_name)) {
            std::size_t p = 0;
            for (View parameter : resource.children("searchParam"_name)) {
                const std::string below = fmt::format(".rest[{}].resource[{}].searchParam[{}]", r, t, p++);
                const std::string_view canonical = parameter.text("definition"_name);
                if (canonical.empty()) continue;
                const Found found = find_definition(services, place.node, "SearchParameter", canonical);
                const std::string_view type = found.resource.text("type"_name);
                if (found && type != parameter.text("type"_name))
                    remarks.error(base::IssueType::value, below + ".type", fmt::format("{} has the type {}", canonical, type));
            }
            ++t;
        }
        ++r;
    }
}

}  // namespace fhir::validate
