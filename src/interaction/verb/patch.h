// SPDX-License-Identifier: Apache-2.0
#pragma once

// PATCH [type]/[id] (FHIR R4 3.1.0.6) and PATCH [type]?criteria with a single match (3.1.0.6.1): JSON Patch, merge patch and
// FHIRPath Patch.
//
// A patch is an update whose body is made from what is stored: from there on everything is as for PUT. It is made twice at most: on
// a snapshot, while other writers go on, and once more inside the writer's transaction when the resource has changed in between.
// So nothing that another client wrote is ever lost, and nobody has to try again.

#include "interaction/verb/write.h"

namespace interaction {

base::Result<Response> patch(const Request& request, const Context& context);

// What the request sends, read. `body` is the Parameters resource of a FHIRPath Patch, or a Binary around a JSON Patch or merge patch
// (as in bundles, 3.1.0.11.2), and must outlive the result; request.source counts otherwise. Faults: as the three forms say.
base::Result<fhir::patch::Patch> read_patch(const Request& request, fhir::View body, const Context& context);

// The update that a patch makes of one version.
struct Rehearsal {
    std::string id;
    std::int64_t version = 0;
    Write update;
};

// Finds the resource and makes the update from it. Faults: missing, gone, ambiguous, stale (If-Match), malformed (the patch changes id, type,
// or what the server says in meta), invalid (it cannot be applied, or its result cannot be stored).
base::Result<Rehearsal> rehearse(const Write& patch, store::Snapshot& now, const Context& context);

base::Result<Effect> apply_patch(const Write& patch, store::Transaction& transaction, const Context& context);

}  // namespace interaction
