// SPDX-License-Identifier: Apache-2.0
#pragma once

// POST [base] with a Bundle of type batch or transaction (FHIR R4 3.1.0.11).
//
// All writes of a bundle are one piece of work for the store. A transaction is all or nothing and its Fault names the
// entry; a batch answers every entry for itself. Order: DELETE, POST, PUT, PATCH, GET, then what conditional references
// name (3.1.0.11.2). Reading, validating and indexing happen before the writer is asked.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

base::Result<Response> batch(const Request& request, const Context& context);

}  // namespace interaction
