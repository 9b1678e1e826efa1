// SPDX-License-Identifier: Apache-2.0
#pragma once

// GET [base]/metadata (FHIR R4 3.1.0.10): printed from the tables that execute. Some milliseconds; the caller keeps it.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

base::Result<Response> capabilities(const Request& request, const Context& context);

}  // namespace interaction
