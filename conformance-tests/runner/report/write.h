// SPDX-License-Identifier: Apache-2.0
#pragma once

// Puts the reports of a run into a folder.

#include "base/result.h"
#include "runner/knowledge.h"
#include "runner/outcome.h"

#include <string>

namespace runner::report {

// index.html, junit.xml and a TestReport-SUITE-CASE.json for each Case. The folder is made when it is not there; TestReports of an
// earlier run are removed from it. Fault (unavailable): it cannot be written.
base::Result<void> write(const Run& run, const std::string& folder, const Knowledge& knowledge);

}  // namespace runner::report
