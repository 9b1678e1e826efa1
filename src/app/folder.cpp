// SPDX-License-Identifier: Apache-2.0
#include "app/folder.h"

#include "app/commands.h"
#include "app/definitions.h"
#include "fhir/resource/reference.h"
#include "fhir/tree/view.h"

#include <algorithm>

namespace app {

using namespace fhir::literals;

void Folder::add(std::shared_ptr<const fhir::Document> document) {
    const fhir::View root = document->root();
    const std::string_view id = root.text("id"_name), url = root.text("url"_name);
    if (!id.empty()) documents_.emplace(std::string(root.resource_type()) + '/' + std::string(id), document);
    if (!url.empty()) documents_.emplace(url, document);
}

std::shared_ptr<const fhir::Document> Folder::find(std::string_view reference) const {
    reference = reference.substr(0, reference.find('|'));
    reference = reference.substr(0, reference.find("/_history/"));
    if (const auto known = documents_.find(reference); known != documents_.end()) return known->second;
    const auto parsed = fhir::resource::read_reference(reference);
    if (parsed.type.empty() || parsed.id.empty()) return nullptr;
    const std::string local = std::string(parsed.type) + '/' + std::string(parsed.id);
    if (const auto known = documents_.find(local); known != documents_.end()) return known->second;
    if (path_.empty()) return nullptr;
    std::string name = local;
    std::transform(name.begin(), name.end(), name.begin(), [](char c) {
        return c == '/' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    for (const char* ending : {".json", ".xml"}) {
        const auto bytes = read_file(path_ + '/' + name + ending);
        if (!bytes) continue;
        auto document = read_resource(*bytes, *schema_);
        if (document) return std::make_shared<const fhir::Document>(*std::move(document));
    }
    return nullptr;
}

}  // namespace app
