// SPDX-License-Identifier: Apache-2.0
#pragma once

// POST [base]/$convert: a foreign document as FHIR, without storing it.
//
// The body is the document itself, its Content-Type saying what it is (x-application/hl7-v2+er7), or a Parameters with `input`
// (valueString, or valueBase64Binary for bytes) and `format`. The answer is a transaction Bundle; with ?explain=true (or a
// parameter `explain`) a Parameters: `bundle`, `atoms`, `kept`, `dropped`, a `trace` for each element (resource, element,
// source), a `residue` for each place that no line took, and an `outcome` with the findings.
//
// A body that is a FHIR resource comes back as it is, in the format that is asked for (FHIR R4 Resource-convert).

#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

// Faults: unsupported (where = "415") for a media type that nobody translates; malformed, invalid for what cannot be read.
base::Result<Response> convert(const Request& request, store::Snapshot& snapshot, const Context& context);

}  // namespace interaction
