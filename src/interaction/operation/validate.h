// SPDX-License-Identifier: Apache-2.0
#pragma once

// $validate (FHIR R4 3.2.0.1, Resource-validate): would this be accepted? Answers 200 with an OperationOutcome whenever the
// question could be understood, also when the body could not be read as FHIR.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

base::Result<Response> validate(const Request& request, store::Snapshot& snapshot, const Context& context);

}  // namespace interaction
