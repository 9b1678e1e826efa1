// SPDX-License-Identifier: Apache-2.0
#pragma once

// The elements of a StructureDefinition (FHIR R4 2.25): what may be said of an element of these types, and where.

#include "fhir/validate/rules/remarks.h"

namespace fhir::validate {

// `base` may be false: not known.
void check_elements(View definition, View base, const Services& services, Remarks& remarks);

}  // namespace fhir::validate
