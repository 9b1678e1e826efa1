// SPDX-License-Identifier: Apache-2.0
#include "interaction/knowledge/profiles.h"

#include "fhir/codec/json.h"

#include <algorithm>

namespace interaction {

Profiles profiles_of(const fhir::definition::Library& library) {
    constexpr std::string_view definitions = "StructureDefinition";
    Profiles all;
    for (const fhir::definition::Listed& one : library.published(definitions)) {
        const auto json = library.published(definitions, one.id, one.package);
        if (!json) continue;
        const auto read = fhir::codec::read_json(*json, library.schema().names());
        if (!read) continue;  // a damaged file was told when the package came
        const fhir::View definition = read->root();
        const std::string_view type = definition.child("type").text();
        if (definition.child("derivation").text() == "constraint" && library.schema().is_resource(type)) all[std::string(type)].emplace_back(one.url);
    }
    for (auto& [type, urls] : all) {
        std::sort(urls.begin(), urls.end());
        urls.erase(std::unique(urls.begin(), urls.end()), urls.end());  // two versions of a package
    }
    return all;
}

}  // namespace interaction
