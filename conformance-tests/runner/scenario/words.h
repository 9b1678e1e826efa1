// SPDX-License-Identifier: Apache-2.0
#pragma once

// Variables put into text, and names made of titles.

#include "base/result.h"
#include "runner/judge.h"

#include <string>
#include <string_view>

namespace runner::scenario {

// "${name}" becomes the variable's value, "${name:url}" the same percent-encoded. Fault (missing): there is no such variable.
base::Result<std::string> fill(std::string_view text, const Variables& variables);

// "A search by name: ångström!" becomes "a-search-by-name-ngstr-m": stable, safe in a file name and a scoreboard, at most 100 bytes.
std::string slug(std::string_view title);

// "http://host/fhir/Patient/p1/_history/2" or "Patient/p1" as "Patient/p1"; empty when it names no resource.
std::string reference_of(std::string_view url);

// At most `most` bytes on one line, with "…" where something was left away.
std::string shortened(std::string_view text, std::size_t most = 300);

}  // namespace runner::scenario
