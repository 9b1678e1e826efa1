// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is run, in which order: the one place where suites are listed.

#include "runner/arguments.h"
#include "runner/job.h"

#include <optional>
#include <string>
#include <vector>

namespace runner {

// One suite, ready to run.
struct Suite {
    std::string name{};           // "search"
    std::string about{};          // one line
    Jobs jobs{};
    std::optional<Job> before{};  // loads the reference data that all jobs of the suite share, and is run however few of them are wanted
    std::optional<Job> after{};   // removes it again, and is run whatever happened since; both are cases of the report
};

struct Ground {
    const Arguments& arguments;
    const Sources& sources;
    const Judge& judge;
};

// The names of all suites, in their order.
std::vector<std::string> suite_names();

// The suites that are wanted, or one suite of each folder that the given files lie in; --only has left jobs away, and a suite without any is
// not there. Faults: unsupported, no such suite; missing, no such file; malformed, a file that is not what it should be, with its line.
base::Result<std::vector<Suite>> plan(const Ground& ground);

}  // namespace runner
