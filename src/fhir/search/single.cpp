// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/single.h"

#include "base/text.h"

#include <algorithm>

namespace fhir::search {

namespace {

// "(Condition.onset as Period)" and "Condition.onset.as(Period)" to "Condition.onset": which form is meant changes no number.
std::string_view path_of(std::string_view branch) {
    branch = base::trim(branch);
    while (branch.starts_with('(') && branch.ends_with(')')) branch = base::trim(branch.substr(1, branch.size() - 2));
    branch = branch.substr(0, branch.find(" as "));
    return branch.substr(0, branch.find(".as("));
}

// No element of the path may repeat. What a choice holds is not looked into.
bool is_single(std::string_view path, schema::TypeId type, const schema::Schema& schema) {
    auto steps = base::split(path, '.');
    for (std::size_t i = 1; i < steps.size(); ++i) {
        const auto elements = schema.elements(type);
        const auto named = [&](const schema::Element& one) { return schema.names().text(one.base) == steps[i]; };
        const auto found = std::find_if(elements.begin(), elements.end(), named);
        if (found == elements.end() || found->repeats()) return false;
        if (found->is(schema::Element::choice) && i + 1 < steps.size()) return false;
        type = found->type;
    }
    return steps.size() > 1;
}

}  // namespace

bool gives_one_value(std::string_view expression, std::string_view resource_type, const schema::Schema& schema) {
    std::string_view only;
    for (const std::string_view branch : base::split(expression, '|')) {
        const std::string_view path = path_of(branch);
        const std::string_view leading = path.substr(0, path.find('.'));
        if (leading != resource_type) {
            // Of another type, or of none that could be told.
            if (!schema.is_resource(leading) || leading == "Resource" || leading == "DomainResource") return false;
            continue;
        }
        if (!only.empty() && path != only) return false;
        only = path;
    }
    return !only.empty() && is_single(only, schema.find_type(resource_type), schema);
}

}  // namespace fhir::search
