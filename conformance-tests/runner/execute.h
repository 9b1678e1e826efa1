// SPDX-License-Identifier: Apache-2.0
#pragma once

// Runs what is planned, suite after suite: its data, its jobs, its data away again.

#include "runner/plan.h"
#include "runner/progress.h"

#include <functional>
#include <vector>

namespace runner {

// All cases in the order they were run. When `stopped` turns true, the case under way is finished, the suite's data removed, and nothing
// else begun. When a suite's data cannot be loaded (verdict error), its jobs are not run: each is a case with that as its error.
std::vector<Case> execute(const std::vector<Suite>& suites, Bench& bench, Progress& progress, const std::function<bool()>& stopped);

}  // namespace runner
