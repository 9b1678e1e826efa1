// SPDX-License-Identifier: Apache-2.0
#pragma once

// A FHIR Patient as a PID segment, for answers to queries (HL7 v2 3.4.2): PID-3, 5, 7, 8, 11, 13, 14, 16, 29 and 30.
// It stands beside the maps of what is sent (profiles/maps/hl7v2-out) on purpose: an answer tells these fields and no others, nothing that is
// old, and only numbers of the domains that were asked for, whatever a site lets its messages say.

#include "fhir/tree/view.h"
#include "hl7v2/write.h"

#include <functional>
#include <string>

namespace hl7v2 {

// Identifiers that are old (Identifier.use) are left out, and those that `tells` refuses.
void write_pid(Draft& draft, int number, fhir::View patient, const std::function<bool(fhir::View identifier)>& tells = {});
// The same with nothing but the identifiers (PID-5 is one blank, as ITI-9 of IHE asks). False: there is none to tell.
bool write_numbers(Draft& draft, fhir::View patient, const std::function<bool(fhir::View identifier)>& tells);

}  // namespace hl7v2
