// SPDX-License-Identifier: Apache-2.0
#pragma once

// A run on one screen.

#include "runner/outcome.h"

#include <string>

namespace runner {

// A line for each suite, then the first tests that are not as they must be, each with what was found.
std::string summary(const Run& run);

}  // namespace runner
