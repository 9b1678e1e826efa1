// SPDX-License-Identifier: Apache-2.0
#pragma once

// The vital signs that R4 itself profiles (FHIR R4 "Vital Signs Profile"): whoever uses the LOINC code of one conforms to
// its profile, declared or not.

#include "fhir/tree/view.h"

namespace fhir::validate {

// The canonical of the profile that an Observation's code stands for; empty when it is none of them.
std::string_view vital_sign(View observation);

}  // namespace fhir::validate
