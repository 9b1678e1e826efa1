// SPDX-License-Identifier: Apache-2.0
#pragma once

// DELETE [type]/[id] (FHIR R4 3.1.0.7) and DELETE [type]?criteria with a single match (3.1.0.7.1).

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

base::Result<Response> remove(const Request& request, const Context& context);

}  // namespace interaction
