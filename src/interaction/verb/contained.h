// SPDX-License-Identifier: Apache-2.0
#pragma once

// _contained=true and both (FHIR R4 3.1.1.5.6): searches that look into resources for others. No index knows contained resources, so
// candidates are read one after another and matched in memory; a store with more than 20,000 of them in reach is too large for that.

#include "access/plan.h"
#include "fhir/search/query.h"
#include "fhir/search/reach.h"
#include "interaction/call/context.h"

namespace interaction {

// A page as Snapshot::search() gives it. With _containedType=contained an entry is the contained resource itself, named by its
// container's type and "id#local id"; otherwise it is the container, each once. Chains are refused: contained resources have no place
// in anybody's index.
base::Result<store::Page> find_contained(const fhir::search::Query& query, store::Snapshot& snapshot, const fhir::search::Reach& reach,
                                         const permission::Plan& plan, const store::Window& window, const Context& context);

}  // namespace interaction
