// SPDX-License-Identifier: Apache-2.0
#pragma once

// What an operation sends: method, URL, headers and body from its type, its parts and the fixtures it names (FHIR R4
// TestScript.setup.action.operation; testscript-operation-codes).

#include "runner/target.h"
#include "runner/testscript/memory.h"

namespace runner::testscript {

// The URL is below the target's base unless the script gives an absolute one.
//   url        is used as it is; else
//   params     stands behind [base]/[resource]; what its type needs and it does not have (metadata, _search, _history, $expand) is added; else
//   targetId   gives type, id and version; what was created in this run lies where the server put it; else
//   sourceId   gives type and, for what goes to one resource, the id.
// The body is the source with variables replaced, in the format that contentType names, or the target's. A source without an id gets that of the
// URL for an update; with targetId it gets the target's, as the script cannot know an id that the server chose.
// Faults: invalid, unavailable (a variable), unsupported.
base::Result<Request> request(const Operation& operation, const Memory& memory, const Knowledge& knowledge, const Target& target, int destination);

// `resource` with another id, or one.
fhir::Document with_id(fhir::View resource, std::string_view id);

// The same resource without its id.
fhir::Document without_id(fhir::View resource);

// "json" -> "application/fhir+json"; what is a media type stays.
std::string media_type_of(const std::string& code);

}  // namespace runner::testscript
