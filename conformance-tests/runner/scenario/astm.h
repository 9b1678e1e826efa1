// SPDX-License-Identifier: Apache-2.0
#pragma once

// The sending side of an analyzer's line over TCP: ENQ, frames with number and checksum, EOT (ASTM E1381-95, CLSI LIS1-A).

#include "base/result.h"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace runner::scenario {

// The frames of records that end with CR, each frame with at most 240 bytes of text: STX, number, text, ETB or ETX, checksum, CR, LF.
// The first is number 1, and 0 follows 7 (LIS1-A 6.3).
std::vector<std::string> astm_frames(std::string_view records);

// Establishes, transfers, terminates. A frame that is refused is sent again, up to six times. Faults: unavailable, the peer is not there, does
// not answer within 15 s (or `patience`, when it is shorter) or refuses.
base::Result<void> send_astm(const std::string& address, std::string_view records, std::chrono::milliseconds patience);

}  // namespace runner::scenario
