// SPDX-License-Identifier: Apache-2.0
#pragma once

// A run on one screen: who was asked, a line for each suite, the first things that are wrong, the verdict.

#include "runner/outcome.h"

#include <cstddef>
#include <string>

namespace runner::report {

// Plain text, at most about 40 lines for up to 20 suites; ends with a line feed. `columns`: how wide the reader's screen is, 0 when nobody
// knows; the table fits 60.
std::string terminal(const Run& run, std::size_t columns = 0);

}  // namespace runner::report
