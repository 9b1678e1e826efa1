// SPDX-License-Identifier: Apache-2.0
#pragma once

// The single lines of a scenario, each read on its own: what kind of line, and what it says.

#include "base/result.h"
#include "runner/scenario/scenario.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace runner::scenario {

// `word` at the front, followed by a space or the end: what comes behind it, trimmed.
std::optional<std::string_view> after(std::string_view line, std::string_view word);

// "GET /Patient?name=x": an upper-case word, a space, and a URL; nothing for any other line.
std::optional<Request> request_line(std::string_view line);

// "Name: value" as HTTP has it (RFC 9110 5.1).
std::optional<Field> header_line(std::string_view line);

// "| a | b |" as its trimmed cells; "\|" is a bar within one. Nothing when it is no such line.
std::optional<std::vector<std::string>> row(std::string_view line);

// "200", "200,201", "2xx", "any"
bool is_expectation(std::string_view text);

// A line behind an answer. `of_message`: the answer is an HL7 v2 message, so that fields are asked for and not FHIRPath.
// Fault: what is wrong, without the place.
base::Result<Check> check_line(std::string_view line, bool of_message);

}  // namespace runner::scenario
