// SPDX-License-Identifier: Apache-2.0
#pragma once

// A message for an operator's eyes: every primitive value with its place, in the order in which it was sent, as JSON:
// {"message":"ADT^A01","version":"2.5","control":"77","segments":[{"segment":"PID","values":[{"where":"PID-3.1","text":"4711"}]}]}
// Values are patient data. Linear; a long value is cut, and what is beyond the bounds is counted in "more".

#include "hl7v2/message.h"

#include <string>

namespace hl7v2 {

inline constexpr std::size_t most_described = 20'000;  // values
inline constexpr std::size_t longest_described = 1000;  // bytes of one

std::string describe(const Message& message);

}  // namespace hl7v2
