// SPDX-License-Identifier: Apache-2.0
#pragma once

// An answer inside a Bundle: only resources stand there, so other content comes as a Binary of its media type.

#include "fhir/tree/names.h"
#include "interaction/call/response.h"

namespace interaction {

// Shared where the answer is one stored body. `response` has content.
store::Body enclosed(const Response& response, const fhir::Names& names);

}  // namespace interaction
