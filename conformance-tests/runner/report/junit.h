// SPDX-License-Identifier: Apache-2.0
#pragma once

// A run as JUnit XML, the form that build servers read: a testsuite a Case, a testcase a Test.

#include "runner/outcome.h"

#include <string>

namespace runner::report {

// UTF-8, with its XML declaration. fail becomes <failure>, error <error>, skip and limit <skipped>; a setup or teardown that went wrong is a
// testcase of its own.
std::string junit(const Run& run);

}  // namespace runner::report
