// SPDX-License-Identifier: Apache-2.0
#pragma once

// GET [type]/[id] (FHIR R4 3.1.0.2), with If-None-Match, If-Modified-Since, _summary and _elements.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

base::Result<Response> read(const Request& request, store::Snapshot& snapshot, const Context& context);
// The same when nothing else is asked of that moment: the repository may know the answer by heart.
base::Result<Response> read_alone(const Request& request, const Context& context);

}  // namespace interaction
