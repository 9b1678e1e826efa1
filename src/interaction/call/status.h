// SPDX-License-Identifier: Apache-2.0
#pragma once

// The status words of FHIR R4 3.1.0.1 that stand inside Bundle.entry.response: bundles carry HTTP's numbers whichever
// door they leave by.

#include "interaction/call/response.h"

namespace interaction {

const char* spelling(Response::Status status);        // "201 Created"
const char* spelling(base::Fault::Kind kind);         // "404 Not Found"

}  // namespace interaction
