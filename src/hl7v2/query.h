// SPDX-License-Identifier: Apache-2.0
#pragma once

// Queries about patients (HL7 v2 3.3.56 to 3.3.58, 5; ITI-21 and ITI-9 of IHE): read from the message as a Question, and what was
// found written as its answer.
//
//   QBP^Q22  find candidates                RSP^K22   QPD-3 "@PID.5.1^DOE~@PID.8^F"
//   QBP^Q21  one person's demographics      RSP^K21   QPD-3 an identifier
//   QBP^Q23  corresponding identifiers      RSP^K23   QPD-3 an identifier, QPD-4 the authorities that are wanted
//   QBP^Q11  by parameter                   RSP^K11   as Q22, or with QPD-3 to 7 as identifier, name, -, birth date, sex
//   QRY^A19  the older form of Q21, Q22     ADR^A19   QRD-8 identifier and name
//
// At most RCP-2 patients come in one answer (100 where it is not said); then DSC-1 continues. The answer repeats QPD as it came.
// Everything else that asks is refused with an ERR, never passed over.

#include "hl7v2/ack.h"
#include "mapping/library.h"
#include "mapping/question.h"

#include <optional>
#include <string>
#include <string_view>

namespace hl7v2 {

// Nothing: the message asks nothing (MSH-9 is neither QBP nor QRY). Faults: unsupported (a query that we do not know, a
// field that cannot be searched for), malformed; `where` is the place.
std::optional<base::Result<mapping::Question>> read_question(const Message& message, const mapping::Library& library);

// The answer's bytes. `found` may be a Fault: then MSA and QAK say so. `id` is its MSH-10.
std::string answer_question(const Message& message, const base::Result<mapping::Found>& found, const mapping::Library& library,
                            std::string_view id, base::Micros now);

}  // namespace hl7v2
