// SPDX-License-Identifier: Apache-2.0
#include "runner/us_core/claims.h"

#include <algorithm>

namespace runner::us_core {

fhir::View Claims::resource(std::string_view type) const {
    for (const fhir::View rest : statement().children()) {
        if (rest.name_text() != "rest") continue;
        for (const fhir::View one : rest.children())
            if (one.name_text() == "resource" && one.child("type").text() == type) return one;
    }
    return {};
}

bool Claims::listed(std::string_view type, std::string_view name, std::string_view inside, std::string_view value) const {
    for (const fhir::View one : resource(type).children())
        // A canonical may carry its version.
        if (const std::string_view text = (inside.empty() ? one : one.child(inside)).text(); one.name_text() == name && (text == value || text.substr(0, text.find('|')) == value)) return true;
    return false;
}

// Those for every type stand at rest.searchParam.
bool Claims::search(std::string_view type, std::string_view parameter) const {
    if (listed(type, "searchParam", "name", parameter)) return true;
    for (const fhir::View rest : statement().children()) {
        if (rest.name_text() != "rest") continue;
        for (const fhir::View one : rest.children())
            if (one.name_text() == "searchParam" && one.child("name").text() == parameter) return true;
    }
    return false;
}

bool Claims::search(std::string_view type, const std::vector<std::string>& parameters) const {
    return std::all_of(parameters.begin(), parameters.end(), [&](const std::string& one) { return search(type, one); });
}

bool Claims::include(std::string_view type, std::string_view path, bool reverse) const {
    for (const fhir::View one : resource(type).children()) {
        if (one.name_text() != (reverse ? "searchRevInclude" : "searchInclude")) continue;
        const std::string_view claimed = one.text();
        if (claimed == "*" || claimed == path || (path.starts_with(claimed) && path.size() > claimed.size() && path[claimed.size()] == ':')) return true;
    }
    return false;
}

}  // namespace runner::us_core
