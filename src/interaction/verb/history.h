// SPDX-License-Identifier: Apache-2.0
#pragma once

// GET [base|type|type/id]/_history (FHIR R4 3.1.0.12) with _since, _at, _count, _summary, _elements and signed pages. Its tag is the
// same as long as the page would be (If-None-Match).

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

base::Result<Response> history(const Request& request, store::Snapshot& snapshot, const Context& context);

}  // namespace interaction
