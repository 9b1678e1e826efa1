// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the terminology knows of the codes of a translation.
//
// Standard codes stand beside local ones: each CodeableConcept gets the counterparts of its codings that mean the same (equal,
// equivalent). What was sent stays and stays first. Codes of HL7's own tables are left to the maps.
//
// What a sender gets wrong is not passed on as right. A code that its system, which is here in full, does not have loses the
// system: it is nobody's but the sender's. A display that is not the code's gives way to the right one and becomes the concept's text, if that
// has none. A period that ends before it begins loses its end. Each of these is a finding with the place of the element, not its value.

#include "mapping/translation.h"
#include "terminology/service.h"

namespace mapping {

void put_beside(Translation& translation, const terminology::Service& terminology);

}  // namespace mapping
