// SPDX-License-Identifier: Apache-2.0
#pragma once

// A run as one page for people: verdict and sums first, then every case with its tests, what each proves, and for what did not pass
// the request and the answer.

#include "runner/knowledge.h"
#include "runner/outcome.h"

#include <string>

namespace runner::report {

// Self-contained HTML: it fetches nothing, and its script only filters. All text of the server is escaped, bodies are cut at 4 kB, and
// fields that authorize are never shown.
std::string html(const Run& run, const Knowledge& knowledge);

}  // namespace runner::report
