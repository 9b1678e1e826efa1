// SPDX-License-Identifier: Apache-2.0
#include "runner/testscript/capability.h"

#include <algorithm>

#include <fmt/format.h>

namespace runner::testscript {

namespace {

using fhir::View;

View rest_of(View statement) {
    for (const View rest : statement.children())
        if (rest.name_text() == "rest" && rest.child("mode").text() == "server") return rest;
    return {};
}

View with(View holder, std::string_view list, std::string_view key, std::string_view value) {
    for (const View item : holder.children())
        if (item.name_text() == list && (key.empty() ? item.text() : item.child(key).text()) == value) return item;
    return {};
}

void each_of(View wanted, View offered, std::string_view list, std::string_view key, const std::string& of, std::vector<std::string>& lacks) {
    for (const View item : wanted.children()) {
        if (item.name_text() != list) continue;
        const auto value = key.empty() ? item.text() : item.child(key).text();
        if (!value.empty() && !with(offered, list, key, value)) lacks.push_back(fmt::format("{}{} {}", of, list, value));
    }
}

// "Type:parameter"; what has another form names no include. "*" offers all.
void includes(View wanted, View offered, std::string_view list, const std::string& of, std::vector<std::string>& lacks) {
    if (with(offered, list, "", "*")) return;
    for (const View item : wanted.children())
        if (item.name_text() == list && item.text().find(':') != std::string_view::npos && !with(offered, list, "", item.text()))
            lacks.push_back(fmt::format("{}{} {}", of, list, item.text()));
}

// More is offered by what stands later.
void level(View wanted, View offered, std::string_view name, const std::vector<std::string_view>& levels, const std::string& of, std::vector<std::string>& lacks) {
    const auto height = [&](View at) { return std::find(levels.begin(), levels.end(), at.child(name).text()) - levels.begin(); };
    const auto none = static_cast<std::ptrdiff_t>(levels.size());
    if (height(wanted) == none || height(wanted) == 0) return;
    if (height(offered) == none || height(offered) < height(wanted)) lacks.push_back(fmt::format("{}{} {}", of, name, wanted.child(name).text()));
}

}  // namespace

std::vector<std::string> not_offered(View wanted, View offered) {
    std::vector<std::string> lacks;
    const View asked = rest_of(wanted), here = rest_of(offered);
    if (!asked) return lacks;
    if (!here) return {"a REST server"};
    each_of(asked, here, "interaction", "code", "", lacks);
    each_of(asked, here, "operation", "name", "", lacks);
    each_of(asked, here, "searchParam", "name", "", lacks);
    for (const View resource : asked.children()) {
        if (resource.name_text() != "resource") continue;
        const auto type = resource.child("type").text();
        const View other = with(here, "resource", "type", type);
        const std::string of = fmt::format("{} ", type);
        if (!other) {
            lacks.push_back(std::string(type));
            continue;
        }
        each_of(resource, other, "interaction", "code", of, lacks);
        each_of(resource, other, "searchParam", "name", of, lacks);
        each_of(resource, other, "operation", "name", of, lacks);
        includes(resource, other, "searchInclude", of, lacks);
        includes(resource, other, "searchRevInclude", of, lacks);
        each_of(resource, other, "referencePolicy", "", of, lacks);
        for (const char* flag : {"readHistory", "updateCreate", "conditionalCreate", "conditionalUpdate"}) level(resource, other, flag, {"false", "true"}, of, lacks);
        level(resource, other, "conditionalDelete", {"not-supported", "single", "multiple"}, of, lacks);
        level(resource, other, "versioning", {"no-version", "versioned", "versioned-update"}, of, lacks);
    }
    return lacks;
}

}  // namespace runner::testscript
