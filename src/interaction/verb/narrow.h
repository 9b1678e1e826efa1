// SPDX-License-Identifier: Apache-2.0
#pragma once

// A search in a compartment (FHIR R4 3.1.1.2): the question also asks for members, or for all types the reach is made smaller.

#include "fhir/search/query.h"
#include "fhir/search/reach.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"

#include <optional>

namespace interaction {

// Narrows `query` to the compartment that the request names. For a search over all its types what comes back is the reach to
// ask with; else, and for a request that names none, that of the plan stays. Fault (missing): there is no such compartment, or
// resources of that type are in none. Whether the compartment's own resource exists is not asked: then there are no members.
base::Result<std::optional<fhir::search::Reach>> narrow(const Request& request, fhir::search::Query& query, const Context& context);

// How links name what is searched: "/Patient/1/Observation", "/Patient/1/*", "/Observation", "".
std::string search_path(const Request& request);

}  // namespace interaction
