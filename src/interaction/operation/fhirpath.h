// SPDX-License-Identifier: Apache-2.0
#pragma once

// $fhirpath: evaluates an expression on a resource, in the form that the public FHIRPath Lab sends and reads: parameters expression,
// resource, context and variables in; `parameters` (what was asked, the expression as a tree) and a `result` for each context out,
// with typed values, their places in the resource, and what trace() was given.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

base::Result<Response> fhirpath(const Request& request, store::Snapshot& snapshot, const Context& context);

}  // namespace interaction
