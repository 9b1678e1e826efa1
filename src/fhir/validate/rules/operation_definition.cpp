// SPDX-License-Identifier: Apache-2.0
// OperationDefinition (FHIR R4 5.2): its parameters agree with the profiles of its input and output.
#include "fhir/validate/rules/table.h"

#include "fhir/validate/rules/element.h"
#include "fhir/validate/rules/remarks.h"

#include <fmt/format.h>
#include <map>
#include <set>

namespace fhir::validate {

using base::IssueType;

namespace {

constexpr std::string_view definitions = "StructureDefinition";

// A slice of Parameters.parameter in a profile.
struct Slice {
    std::string_view min, max;
    std::set<std::string_view> types, targets;
    bool typed = false;
};

void read_types(View element, Slice& slice) {
    for (View type : element.children("type"_name)) {
        slice.typed = true;
        slice.types.insert(type.text("code"_name));
        for (View target : type.children("targetProfile"_name)) slice.targets.insert(target.text());
    }
}

// By the fixed or pattern value of parameter.name.
std::map<std::string_view, Slice> slices_of(View profile) {
    std::map<std::string_view, Slice> slices;
    Slice open;
    std::string_view name;
    const auto keep = [&] {
        if (!name.empty()) slices.emplace(name, open);
        open = {};
        name = {};
    };
    const View part =
        profile.child("snapshot"_name) ? profile.child("snapshot"_name) : profile.child("differential"_name);
    for (View element : part.children("element"_name)) {
        const std::string_view path = element.text("path"_name);
        if (path == "Parameters.parameter") {
            keep();
            open.min = element.text("min"_name);
            open.max = element.text("max"_name);
        } else if (path == "Parameters.parameter.name") {
            View fixed = choice_of(element, "fixed");
            name = fixed ? fixed.text() : choice_of(element, "pattern").text();
        } else if (path == "Parameters.parameter.value[x]" || path == "Parameters.parameter.resource") {
            if (element.text("max"_name) != "0") read_types(element, open);
        }
    }
    keep();
    return slices;
}

}  // namespace

void check_operation_definition(const Place& place, const Services& services, const Question&,
                                base::Findings& findings) {
    Remarks remarks(place, findings);
    for (const auto& [element, use] : {std::pair{"inputProfile", "in"}, std::pair{"outputProfile", "out"}}) {
        const std::string_view canonical = text_of(place.node, element);
        if (canonical.empty()) continue;
        const Found profile = find_definition(services, place.node, definitions, canonical);
        if (!profile) {
            remarks.warning(IssueType::not_found, fmt::format(".{}", element),
                            fmt::format("the profile {} is not known", canonical));
            continue;
        }
        const auto slices = slices_of(profile.resource);
        std::size_t i = 0;
        for (View parameter : place.node.children("parameter"_name)) {
            const std::string below = fmt::format(".parameter[{}]", i++);
            const auto slice = slices.find(parameter.text("name"_name));
            if (parameter.text("use"_name) != use || slice == slices.end()) continue;
            for (const auto& [name, said] : {std::pair{"min", slice->second.min}, std::pair{"max", slice->second.max}})
                if (!said.empty() && text_of(parameter, name) != said)
                    remarks.error(
                        IssueType::business_rule, below,
                        fmt::format("{} is '{}' here and '{}' in {}", name, text_of(parameter, name), said, canonical));
            std::set<std::string_view> targets;
            for (View target : parameter.children("targetProfile"_name)) targets.insert(target.text());
            if (slice->second.typed && !targets.empty() && targets != slice->second.targets)
                remarks.error(IssueType::business_rule, below,
                              fmt::format("the targets differ from those in {}", canonical));
        }
    }
}

}  // namespace fhir::validate
