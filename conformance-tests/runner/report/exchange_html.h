// SPDX-License-Identifier: Apache-2.0
#pragma once

// One exchange with the target, for the HTML page: the request and the answer as two blocks of text.

#include "runner/exchange.h"
#include "runner/knowledge.h"

#include <string>

namespace runner::report {

inline constexpr std::size_t shown_body = 4096;  // bytes

std::string exchange_html(const Exchange& exchange, const Knowledge& knowledge);

}  // namespace runner::report
