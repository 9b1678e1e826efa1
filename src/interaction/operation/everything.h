// SPDX-License-Identifier: Apache-2.0
#pragma once

// $everything of a patient, of all patients and of an encounter (FHIR R4 Patient-everything, Encounter-everything): the resource
// itself, the members of its compartment, and what these refer to outside of it.
//
// Pages follow one order, so that each resource comes once: the resource itself, then the members type by type in the order of
// their creation, at last what is referred to from the compartment and from there on (organizations, practitioners, medications
// ...), by name. A page is bounded by _count; its link holds the place in that order and the moment of the first page, and every
// page shows that moment. What is referred to is found anew for each of the last pages by walking over the members: memory for
// their names, not for them.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

base::Result<Response> everything(const Request& request, store::Snapshot& snapshot, const Context& context);

}  // namespace interaction
