// SPDX-License-Identifier: Apache-2.0
#pragma once

// POST [type] (FHIR R4 3.1.0.8), conditional with If-None-Exist (3.1.0.8.1): exactly once, as the search runs inside the writing
// transaction.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

base::Result<Response> create(const Request& request, const Context& context);

}  // namespace interaction
