// SPDX-License-Identifier: Apache-2.0
#pragma once

// Observation/$lastn (FHIR R4 Observation-lastn): of what a search finds, the newest `max` of each code, newest first.
//
// Codes are one when they share a coding, system and code, and so are those that a third joins; without a coding the text is the
// code. Of those with the same time as the last one that fits, all come. One page; its memory is an entry of some hundred
// bytes for each Observation found, and more than 20,000 are refused as too costly.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

base::Result<Response> lastn(const Request& request, store::Snapshot& snapshot, const Context& context);

}  // namespace interaction
