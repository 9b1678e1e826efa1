// SPDX-License-Identifier: Apache-2.0
#pragma once

// Patient/[id]/$purge (as later versions of FHIR define it): takes away for good what is in the patient's compartment, with all
// history, also that of members that were deleted or moved to somebody else before. Resources that another patient's compartment
// holds too stay and are named. All in one commit; of each resource the mark stays that it was deleted, and its place in the
// ledger. For administrators.
//
// Reads the whole history once to find former members: seconds to minutes on a large store. Writers go on meanwhile; what they
// commit until then is looked at in the purge's own transaction, what they add to the compartment after it is not purged.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

base::Result<Response> purge(const Request& request, const Context& context);

}  // namespace interaction
