// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/package_parameters.h"

#include "fhir/definition/model.h"

#include <set>

namespace fhir::search {

std::string_view PackageParameters::keep(std::string text) { return texts_.emplace_back(std::move(text)); }

void PackageParameters::add(View definition, const std::string& package) {
    const std::string bases = definition::joined(definition, "base"_name);
    if (bases.empty() || definition.text("expression"_name).empty() || definition.text("status"_name) == "retired") return;
    const auto text = [&](Name name) { return keep(std::string(definition.text(name))); };
    rows_.push_back({text("url"_name), text("code"_name), text("type"_name), keep(bases), text("expression"_name),
                     keep(definition::joined(definition, "target"_name)), keep(definition::parameter_components(definition))});
    packages_.push_back(package);
}

PackageParameters::PackageParameters(const definition::Library& library) {
    std::set<std::string> urls;
    for (const definition::Listed& listed : library.published("SearchParameter")) urls.emplace(listed.url);
    for (const std::string& url : urls)
        if (const auto found = library.find("SearchParameter", url)) add(found->document->root(), found->package);
}

}  // namespace fhir::search
