// SPDX-License-Identifier: Apache-2.0
#pragma once

// The one door: every read and every change of a resource passes here, whichever protocol brought it.
// One table, verb -> function; no `if` on resource types.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

// Blocks while a write becomes durable. Never throws for what a client sent.
base::Result<Response> dispatch(const Request& request, const Context& context);

// The search parameters that a request which begins now would get. What is cached for them is cached by their generation().
std::shared_ptr<const fhir::search::Parameters> search_parameters_now(const Context& context);

}  // namespace interaction
