// SPDX-License-Identifier: Apache-2.0
#pragma once

// JSON Merge Patch (RFC 7386): objects are merged, null takes away, everything else (lists too) replaces.

#include "fhir/patch/json_value.h"

namespace fhir::patch {

JsonValue merged(JsonValue target, const JsonValue& patch);

}  // namespace fhir::patch
