// SPDX-License-Identifier: Apache-2.0
#pragma once

// Scenario files as jobs.

#include "base/result.h"
#include "runner/job.h"

#include <string>
#include <vector>

namespace runner::scenario {

// A job for each file, and for each *.scenario of a folder in the order of their names; its id is the file's name without the ending.
// Faults: missing, no such file; malformed, with file and line.
base::Result<Jobs> jobs(const std::string& suite, const std::vector<std::string>& paths);

}  // namespace runner::scenario
