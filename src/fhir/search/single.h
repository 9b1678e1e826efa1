// SPDX-License-Identifier: Apache-2.0
#pragma once

// Does a search parameter find one value at most in a resource? Then several conditions on it (date=ge2024&date=lt2025) must be
// met by the same value, which a store may use; else each may be met by another one (FHIR R4 3.1.1.4).

#include "fhir/schema/schema.h"

#include <string_view>

namespace fhir::search {

// True when the branches of `expression` for this resource type are one plain path ("Observation.effective", "Condition.onset.as(Period)")
// of which no element repeats. False when it cannot be told.
bool gives_one_value(std::string_view expression, std::string_view resource_type, const schema::Schema& schema);

}  // namespace fhir::search
