// SPDX-License-Identifier: Apache-2.0
// ConceptMap (FHIR R4 4.10): the codes of each group belong to its systems.
#include "fhir/validate/rules/table.h"

#include "fhir/validate/rules/address.h"
#include "fhir/validate/rules/element.h"
#include "fhir/validate/rules/remarks.h"

#include <fmt/format.h>

namespace fhir::validate {

using base::IssueType;

namespace {

class ConceptMapRules {
public:
    ConceptMapRules(View map, const Services& services, Remarks& remarks) : services_(services), remarks_(remarks) {
        sets_[0] = scope(map, "source");
        sets_[1] = scope(map, "target");
    }

    void group(View group, const std::string& below) {
        const Side source = side(group, "source", "sourceVersion", sets_[0], below);
        const Side target = side(group, "target", "targetVersion", sets_[1], below);
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
        std::string_view system, version, set;
    };

    // The value set that the codes of one side are from; empty when none is known.
    std::string_view scope(View map, const char* name) {
        const std::string_view canonical = choice_of(map, name).text();
        if (canonical.empty() || services_.library.knows("ValueSet", canonical)) return canonical;
        for (const char* other : {"CodeSystem", "StructureDefinition", "ConceptMap"})
            if (services_.library.knows(other, canonical))
                remarks_.error(IssueType::value, fmt::format(".{}", name), fmt::format("{} is a {}, not a value set", canonical, other));
        return {};
    }

    Side side(View group, const char* name, const char* version, std::string_view set, const std::string& below) {
        const Canonical system = split_canonical(text_of(group, name));
        const Side side{system.url, system.version.empty() ? text_of(group, version) : system.version, set};
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
        const CodeVerdict verdict = services_.codes->check({side.system, side.version, code, ""}, side.set, "");
        if (verdict.in_system == Answer::yes && !side.set.empty() && verdict.in_set == Answer::no)
            remarks_.error(IssueType::code_invalid, below + ".code", fmt::format("'{}' is not in the value set {}", code, side.set));
        if (verdict.in_system == Answer::no)
            remarks_.error(IssueType::code_invalid, below + ".code",
                           fmt::format("{} has no code '{}'", side.system, code));
    }

    const Services& services_;
    Remarks& remarks_;
    std::string_view sets_[2];
};

}  // namespace

void check_concept_map(const Place& place, const Services& services, const Question&, base::Findings& findings) {
    Remarks remarks(place, findings);
    ConceptMapRules rules(place.node, services, remarks);
    std::size_t i = 0;
    for (View group : place.node.children("group"_name)) rules.group(group, fmt::format(".group[{}]", i++));
}

}  // namespace fhir::validate
