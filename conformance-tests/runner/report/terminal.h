// SPDX-License-Identifier: Apache-2.0
#pragma once

// A run on one screen: who was asked, a line for each suite, the first things that are wrong, the verdict.

#include "runner/outcome.h"

#include <string>

namespace runner::report {

// Plain text, at most about 40 lines for up to 20 suites; ends with a line feed.
std::string terminal(const Run& run);

}  // namespace runner::report
