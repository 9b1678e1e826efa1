// SPDX-License-Identifier: Apache-2.0
#pragma once

// Standard codes beside local ones: each CodeableConcept of a translation gets the counterparts that the terminology knows for
// its codings. What was sent stays and stays first; only counterparts that mean the same (equal, equivalent) are added. Codes of
// HL7's own tables are left to the maps.
//
// A code that a system that is here in full does not have is a finding, with the place of the element and not its value.

#include "mapping/translation.h"
#include "terminology/service.h"

namespace mapping {

void put_beside(Translation& translation, const terminology::Service& terminology);

}  // namespace mapping
