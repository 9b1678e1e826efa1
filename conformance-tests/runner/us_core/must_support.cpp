// SPDX-License-Identifier: Apache-2.0
#include "runner/us_core/must_support.h"

#include "base/text.h"

#include <fmt/format.h>

#include <map>

namespace runner::us_core {

namespace {

using Elements = std::map<std::string, fhir::View, std::less<>>;  // by id

std::string_view extension_url(fhir::View element) {
    const fhir::View type = element.child("type");
    return type.child("code").text() == "Extension" ? type.child("profile").text() : std::string_view{};
}

// A step of the path: "component:FlowRate", "value[x]:valueQuantity", "extension:race".
std::string step(std::string_view segment, fhir::View element, std::string_view profile) {
    auto [name, slice] = base::cut(segment, ':');
    if (!slice.empty()) {
        if (const std::string_view url = extension_url(element); !url.empty()) return fmt::format("extension('{}')", url);
        if (name.ends_with("[x]")) return fmt::format("{}.ofType({})", name.substr(0, name.size() - 3), element.child("type").child("code").text());
        return fmt::format("{}.slice('{}', '{}')", name, profile, slice);
    }
    if (name.ends_with("[x]")) name.remove_suffix(3);
    return std::string(name);
}

}  // namespace

std::vector<MustSupport> must_support(fhir::View structure) {
    const std::string_view profile = structure.child("url").text();
    Elements elements;
    for (const fhir::View element : structure.child("snapshot").children())
        if (element.name_text() == "element") elements.emplace(element.child("id").text(), element);
    std::vector<MustSupport> found;
    for (const fhir::View element : structure.child("snapshot").children()) {
        const std::string_view id = element.child("id").text();
        if (element.child("mustSupport").text() != "true" || id.find('.') == std::string_view::npos) continue;
        std::string expression;
        std::string path;
        for (const std::string_view segment : base::split(id, '.')) {
            path += (path.empty() ? "" : ".") + std::string(segment);
            if (path.size() == segment.size()) continue;  // the type itself
            const auto there = elements.find(path);
            expression += (expression.empty() ? "" : ".") + step(segment, there == elements.end() ? fhir::View{} : there->second, profile);
        }
        found.push_back({std::string(id), std::move(expression)});
    }
    return found;
}

}  // namespace runner::us_core
