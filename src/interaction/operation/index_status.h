// SPDX-License-Identifier: Apache-2.0
#pragma once

// How far the index is, for whoever stored a SearchParameter and for operators.
//
// GET [base]/SearchParameter/$status and [base]/SearchParameter/[id]/$status answer a Parameters: for each stored SearchParameter its
// url, its state (active, filling, refused, inactive), how many of the resources that it is read from are indexed for it while it is filling, and
// what there is to say about it. POST [base]/$reindex indexes everything anew; searches go on meanwhile.

#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

// Faults: missing or gone for an id, as a read says it.
base::Result<Response> index_status(const Request& request, store::Snapshot& snapshot, const Context& context);

// For administrators; Fault (denied) for others.
base::Result<Response> reindex(const Request& request, const Context& context);

}  // namespace interaction
