// SPDX-License-Identifier: Apache-2.0
#pragma once

// GET [base]/metadata (FHIR R4 3.1.0.10): printed from the tables that execute, as a CapabilityStatement (mode full or normative) or as
// TerminologyCapabilities (mode terminology), whole or in part (_summary, _elements). Its tag stands for all that it says but its date.
// Some milliseconds; the caller keeps it.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

// Fault (malformed) on an unknown mode. Parameters that it does not know mean nothing.
base::Result<Response> capabilities(const Request& request, const Context& context);

}  // namespace interaction
