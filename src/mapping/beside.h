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

#include "mapping/tongue.h"
#include "mapping/translation.h"
#include "terminology/service.h"

namespace mapping {

// Where Translation::trace says that an element comes from which no line of a map made.
inline constexpr std::string_view from_terminology = "terminology";

// The trace, when there is one, tells what is put in and no longer tells what is taken out.
void put_beside(Translation& translation, const terminology::Service& terminology);

enum class Traced : bool { no, yes };

// What a message becomes: translated, then put_beside. Who stores, shows or converts a message asks here and nowhere else, so that
// what is seen is what is stored. `terminology` null: nothing is known of codes.
base::Result<Translation> understand(const Tongue& tongue, std::string_view bytes, base::Micros received, const terminology::Service* terminology,
                                     Traced traced = Traced::no);

}  // namespace mapping
