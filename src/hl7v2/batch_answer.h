// SPDX-License-Identifier: Apache-2.0
#pragma once

// The answer to a batch file (HL7 v2 2.10.3): a batch of acknowledgements, in the delimiters of the batch that it answers.

#include "base/clock.h"
#include "hl7v2/batch.h"

#include <string>
#include <string_view>
#include <vector>

namespace hl7v2 {

// `answers` are those of the messages, in their order over all batches; empty ones are left out. [FHS] { BHS ACK... BTS } [FTS]:
// FHS and FTS when the file had an FHS; BHS-12 and FHS-12 name what is answered. A wrong count of BTS-1 or FTS-1 is one more
// acknowledgement in its batch, AE with the id of the batch (BHS-11) or file (FHS-11) in MSA-2.
std::string batch_answer(const BatchFile& file, const std::vector<std::string>& answers, std::string_view id, base::Micros now);

}  // namespace hl7v2
