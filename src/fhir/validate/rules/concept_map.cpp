// SPDX-License-Identifier: Apache-2.0
// ConceptMap (FHIR R4 4.10): the codes of each group belong to its systems.
#include "fhir/validate/rules/table.h"

#include "fhir/validate/rules/element.h"
#include "fhir/validate/rules/remarks.h"

#include <fmt/format.h>

namespace fhir::validate {

using base::IssueType;

namespace {

class ConceptMapRules {
public:
    ConceptMapRules(const Services& services, Remarks& remarks) : services_(services), remarks_(remarks) {}

    void group(View group, const std::string& below) {
        const Side source = side(group, "source", "sourceVersion", below);
        const Side target = side(group, "target", "targetVersion", below);
        std::size_t e = 0;
        for (View element : group.children("element"_name)) {
            const std::string place = fmt::format("{}.element[{}]", below, e++);
            code(source, element.text("code"_name), place);
            std::size_t t = 0;
            for (View mapped : element.children("target"_name))
                code(target, mapped.text("code"_name), fmt::format("{}.target[{}]", place, t++));
        }
    }

private:
    struct Side {
        std::string_view system, version;
    };

    Side side(View group, const char* name, const char* version, const std::string& below) {
        const Side side{text_of(group, name), text_of(group, version)};
        if (side.system.empty()) {
            remarks_.warning(IssueType::required, below,
                             fmt::format("without '{}' the codes of this group mean nothing to others", name));
        } else if (!services_.library.knows("CodeSystem", side.system) &&
                   services_.library.knows("ValueSet", side.system)) {
            remarks_.error(
                IssueType::value, fmt::format("{}.{}", below, name),
                fmt::format("{} is a value set; name the code system that the codes come from", side.system));
        }
        return side;
    }

    void code(const Side& side, std::string_view code, const std::string& below) {
        if (services_.codes == nullptr || side.system.empty() || code.empty()) return;
        if (services_.codes->check({side.system, side.version, code, ""}, "", "").in_system == Answer::no)
            remarks_.error(IssueType::code_invalid, below + ".code",
                           fmt::format("{} has no code '{}'", side.system, code));
    }

    const Services& services_;
    Remarks& remarks_;
};

}  // namespace

void check_concept_map(const Place& place, const Services& services, const Question&, base::Findings& findings) {
    Remarks remarks(place, findings);
    ConceptMapRules rules(services, remarks);
    std::size_t i = 0;
    for (View group : place.node.children("group"_name)) rules.group(group, fmt::format(".group[{}]", i++));
}

}  // namespace fhir::validate
