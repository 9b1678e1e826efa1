// SPDX-License-Identifier: Apache-2.0
#pragma once

// Resources as a plan lets them be seen (verb/sight.h): what is out of reach is not there.

#include "access/plan.h"
#include "fhir/search/reach.h"
#include "interaction/call/context.h"
#include "store/repository.h"

#include <string>
#include <vector>

namespace interaction {

// The current version. Fault: missing, or gone when it was deleted and may be spoken of.
base::Result<store::Version> reachable(store::Snapshot& snapshot, const std::string& type, const std::string& id,
                                       const permission::Plan& plan, const Context& context);

// Those of `names` that are there and in `reach` (the plan's own, to read or to search), as of `as_of` (0 = now), in the order of
// the names.
base::Result<std::vector<store::Version>> fetch(store::Snapshot& snapshot, const std::vector<store::Name>& names,
                                                const fhir::search::Reach& reach, const permission::Plan& plan, store::Position as_of,
                                                const Context& context);

// The resources of this server that a version refers to, by name: each once, in the order of its references.
std::vector<store::Name> targets_of(const store::Version& version, const Context& context);

}  // namespace interaction
