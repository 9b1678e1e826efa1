// SPDX-License-Identifier: Apache-2.0
#pragma once

// Resources of files, found by "Type/id", by their url, and, when a folder is given, by the name that "Type/id" has there:
// type-id.json or type-id.xml in small letters.

#include "fhir/schema/schema.h"
#include "fhir/tree/document.h"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace app {

class Folder {
public:
    Folder(const fhir::schema::Schema& schema, std::string path) : schema_(&schema), path_(std::move(path)) {}

    void add(std::shared_ptr<const fhir::Document> document);
    // Null: not here. A version behind "|" or "/_history/" is not looked at.
    std::shared_ptr<const fhir::Document> find(std::string_view reference) const;

private:
    const fhir::schema::Schema* schema_;
    std::string path_;
    std::map<std::string, std::shared_ptr<const fhir::Document>, std::less<>> documents_;
};

}  // namespace app
