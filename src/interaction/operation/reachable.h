// SPDX-License-Identifier: Apache-2.0
#pragma once

// Resources as one plan lets them be seen: what is out of reach is not there.

#include "fhir/search/reach.h"
#include "interaction/call/context.h"
#include "store/repository.h"

#include <string>
#include <vector>

namespace interaction {

// Decided by what this version holds; a deleted one is in reach where all of its type is.
bool in_reach(const store::Version& version, const fhir::search::Reach& reach, const Context& context);

// The current version. Fault: missing, or gone when it was deleted and may be spoken of.
base::Result<store::Version> reachable(store::Snapshot& snapshot, const std::string& type, const std::string& id,
                                       const fhir::search::Reach& reach, const Context& context);

// Those of `names` that are there and in reach, as of `as_of` (0 = now), in the order of the names.
base::Result<std::vector<store::Version>> fetch(store::Snapshot& snapshot, const std::vector<store::Name>& names,
                                                const fhir::search::Reach& reach, store::Position as_of, const Context& context);

}  // namespace interaction
