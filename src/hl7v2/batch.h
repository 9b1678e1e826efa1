// SPDX-License-Identifier: Apache-2.0
#pragma once

// Batch files (HL7 v2 2.10.3): [FHS] { [BHS] messages [BTS] } [FTS], cut into their messages.
//
// Everything is a view into the bytes. Messages are taken each for itself: a wrong count or a missing trailer is
// a Finding and loses none. Linear; nothing is decoded here.

#include "base/finding.h"
#include "base/result.h"

#include <string_view>
#include <vector>

namespace hl7v2 {

struct Batch {
    std::string_view header;   // the BHS segment, or empty
    std::vector<std::string_view> messages;
    std::string_view trailer;  // the BTS segment, or empty
};

struct BatchFile {
    std::string_view header;   // FHS
    std::vector<Batch> batches;
    std::string_view trailer;  // FTS
    // error value at "BTS-1" or "FTS-1": the count is wrong; warning structure: what is unfinished, nested or astray.
    base::Findings findings;
};

// True when `bytes` begin with FHS or BHS, empty lines aside.
bool is_batch(std::string_view bytes);

// Faults as read_delimiters() when the bytes begin with none of FHS, BHS, MSH; too_large over `most` messages.
base::Result<BatchFile> split_batch(std::string_view bytes, std::size_t most = 100'000);

}  // namespace hl7v2
