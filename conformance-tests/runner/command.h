// SPDX-License-Identifier: Apache-2.0
#pragma once

// `andiron test`: runs suites against a server and reports.

#include "base/clock.h"
#include "runner/knowledge.h"

#include <string>
#include <vector>

namespace runner {

// Prints progress and a summary to stdout, complaints to stderr. Exit codes: 0 all as it should be, 1 something failed,
// 64 wrong usage, 65 a file that is not what it should be, 66 no such file, 69 the target does not answer.
int command(const std::vector<std::string>& arguments, Sources sources, const base::Clock& clock);

}  // namespace runner
