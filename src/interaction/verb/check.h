// SPDX-License-Identifier: Apache-2.0
#pragma once

// May this body be stored under that type? Shape, type and id first, then what Rules.validation asks for.

#include "interaction/call/context.h"

namespace interaction {

// Warnings when it may, else a Fault: malformed (400) when the sender broke FHIR's ground rules (structure, format,
// invariants of the base definitions), invalid (422) when it is a resource but not an acceptable one (something
// mandatory is missing, a code is not in its required value set): FHIR R4 3.1.0.8. What the whole validation refuses is
// always invalid.
base::Result<base::Findings> check_body(fhir::View body, const std::string& type, const Context& context);

}  // namespace interaction
