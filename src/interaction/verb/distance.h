// SPDX-License-Identifier: Apache-2.0
#pragma once

// How far a found Location is from where `near` was asked (FHIR R4 8.7.7.1): told with each entry.

#include "fhir/search/query.h"
#include "interaction/call/context.h"

#include <optional>

namespace interaction {

// Kilometres to the nearest of the places that `near` names; nothing when it was not asked, or the resource is nowhere.
std::optional<double> distance_of(const store::Version& version, const fhir::search::Query& query, const Context& context);

}  // namespace interaction
