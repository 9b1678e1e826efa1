// SPDX-License-Identifier: Apache-2.0
#pragma once

// GET [type]/[id]/_history/[version] (FHIR R4 3.1.0.3), with the conditions and parts of a read.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

base::Result<Response> vread(const Request& request, store::Snapshot& snapshot, const Context& context);

}  // namespace interaction
