// SPDX-License-Identifier: Apache-2.0
#pragma once

// What one request may see and do: made once from who asks (scopes, roles, compartment, consent), immutable, and carried by
// the request through every verb, operation and page. Whoever reads or changes a resource takes it as an argument; a request
// without one is refused.
//
// `read` is what may be seen by id, in history and as an include; `search` what may be found (SMART App Launch 2: r and s).
// A change needs both what was there and what will be there to be in reach.

#include "fhir/search/reach.h"

#include <memory>
#include <string>

namespace permission {

struct Plan {
    std::string who;  // the same for the same rights of the same principal: page links and pending answers are bound to it
    fhir::search::Reach read;
    fhir::search::Reach search;
    fhir::search::Reach create;
    fhir::search::Reach update;
    fhir::search::Reach remove;
    bool administers = false;  // may take history away
};

using Held = std::shared_ptr<const Plan>;

// Everything is allowed: what loopback gets until there is a sign-in, and what the server itself works under.
const Held& unlimited();

}  // namespace permission
