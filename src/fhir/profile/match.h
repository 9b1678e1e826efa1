// SPDX-License-Identifier: Apache-2.0
#pragma once

// Values that a profile prescribes (ElementDefinition.fixed[x] and pattern[x]; FHIR R4 5.1.0.14).

#include "fhir/tree/view.h"

#include <string>

namespace fhir::profile {

// The very same value: every element of one is in the other, in the same order where it repeats.
bool is_fixed(View prescribed, View actual);
// At least what the pattern says: each of its elements is in `actual`, each item of its lists is fitted by some item there.
bool fits_pattern(View pattern, View actual);

// "code 'final'", "coding (system 'http://loinc.org', code '8480-6')": for messages; shortened.
std::string describe(View prescribed);

}  // namespace fhir::profile
