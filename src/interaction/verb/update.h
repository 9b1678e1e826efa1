// SPDX-License-Identifier: Apache-2.0
#pragma once

// PUT [type]/[id] (FHIR R4 3.1.0.4), which creates when there is nothing yet, and PUT [type]?criteria (3.1.0.4.3).

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

base::Result<Response> update(const Request& request, const Context& context);

}  // namespace interaction
