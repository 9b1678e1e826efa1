// SPDX-License-Identifier: Apache-2.0
#pragma once

// Conditional read (FHIR R4 3.1.0.2.1, RFC 9110 13.1.2-3): has the asker this already? Then the answer is 304, without a body.

#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

// If-None-Match decides when it is there; the date only without it (RFC 9110 13.1.3), in whole seconds as its header has.
bool is_known(const Request& request, const store::Version& version);

// The same for an answer that has a tag instead of a version: makes it a 304 without content when its asker has it.
Response unless_known(const Request& request, Response response);

}  // namespace interaction
