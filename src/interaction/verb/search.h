// SPDX-License-Identifier: Apache-2.0
#pragma once

// GET [type]?parameters and GET [base]?parameters (FHIR R4 3.1.1). Pages show the moment of the first page, whatever is written
// meanwhile; bodies are parsed only for _summary and _elements.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

base::Result<Response> search(const Request& request, store::Snapshot& snapshot, const Context& context);

}  // namespace interaction
