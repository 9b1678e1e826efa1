// SPDX-License-Identifier: Apache-2.0
#pragma once

// A patch in any of the three forms, read once, and a stored resource with it applied (FHIR R4 3.1.0.6).
//
// JSON Patch and merge patch work on the JSON of the resource, primitives beside their _twins as FHIR writes them; FHIRPath
// Patch works on the tree. Whether the result is a resource that may be stored is not looked at here.

#include "fhir/patch/json_patch.h"
#include "fhir/patch/path_patch.h"

#include <variant>

namespace fhir::patch {

enum class Format : std::uint8_t { path, json, merge };

// The media types of the two that are not FHIR resources.
inline constexpr std::string_view json_media_type = "application/json-patch+json";
inline constexpr std::string_view merge_media_type = "application/merge-patch+json";

using Patch = std::variant<std::vector<PathOperation>, std::vector<JsonOperation>, JsonValue>;

// `format` is json or merge. Faults as read_json_patch(); malformed when a merge patch is no object.
base::Result<Patch> read_patch(Format format, std::string_view bytes);
// A Parameters resource, which must outlive the result. Faults as read_path_patch().
base::Result<Patch> read_patch(View parameters, const schema::Schema& schema);

// `body` is a stored resource. Faults as the three forms say; invalid when the result is no FHIR JSON.
base::Result<Document> patched(std::string_view body, const Patch& patch, const schema::Schema& schema, base::Micros now);

}  // namespace fhir::patch
