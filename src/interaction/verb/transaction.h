// SPDX-License-Identifier: Apache-2.0
#pragma once

// A Bundle of type transaction (FHIR R4 3.1.0.11.2): all entries or none; the Fault names the entry that failed.
//
// Ids are given to new resources before the store is asked, so that references between entries (urn:uuid and the like)
// can be rewritten, and bodies and index values made, while other writers go on. Conditions (ifNoneExist, criteria,
// conditional references) are looked up once each, on a snapshot beforehand; inside the writer's transaction they count
// when nothing was committed in between, and are looked up again when something was.

#include "interaction/verb/entry.h"

namespace interaction {

base::Result<Response> transaction(std::vector<Entry> entries, const Request& request, const Context& context);

}  // namespace interaction
