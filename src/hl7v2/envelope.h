// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a listener can tell of a message before it is parsed: its name, its sender, whom it is about. Looks at the header and at
// the first part of the lines behind it; linear, never faults.

#include "mapping/tongue.h"

#include <string>
#include <string_view>
#include <vector>

namespace hl7v2 {

// Patients by whom messages are kept in order: the ids (CX.1) of every PID-3; where there is none PID-2, PID-18 or the visit of
// PV1-19; and those of MRG-1, so that a merge waits for both. Looked for in the first 256 KiB. Master files (MFN) are one line.
std::vector<std::string> order_keys(std::string_view message);

// MSH-3 or MSH-4 as it is compared: its first component.
std::string first_component(const std::string& raw, char separator);

}  // namespace hl7v2
