// SPDX-License-Identifier: Apache-2.0
#pragma once

// minimumId: a resource holds at least what another holds (FHIR R4 TestScript.setup.action.assert.minimumId).

#include "fhir/tree/view.h"

#include <string>

namespace runner::testscript {

// Empty when `found` holds all of `wanted`; else where the first thing stands that it lacks: "Patient.name[0].given[1]". Elements are found by
// name; of lists each item must be held by an item of its own, in any order; values are equal as text (narrative but for white space).
std::string lacking(fhir::View wanted, fhir::View found);

}  // namespace runner::testscript
