// SPDX-License-Identifier: Apache-2.0
#pragma once

// Text to Scenario. Linear, one pass over the lines; expressions are parsed too, so that a slip is found before anything runs.

#include "base/result.h"
#include "runner/scenario/scenario.h"

#include <string_view>

namespace runner::scenario {

// `file` is what messages call it. Fault (malformed): "name.scenario:12: what is wrong".
base::Result<Scenario> parse(std::string_view text, std::string_view file);

}  // namespace runner::scenario
