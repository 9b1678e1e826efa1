// SPDX-License-Identifier: Apache-2.0
#pragma once

// The status words of FHIR R4 3.1.0.1: they stand inside Bundle.entry.response, whichever door a bundle leaves by, and
// the HTTP door answers with the same numbers. The only such table.

#include "interaction/call/response.h"

namespace interaction {

const char* spelling(Response::Status status);        // "201 Created"
const char* spelling(base::Fault::Kind kind);         // "404 Not Found"
int number(Response::Status status);                  // 201
int number(base::Fault::Kind kind);                   // 404

}  // namespace interaction
