// SPDX-License-Identifier: Apache-2.0
#pragma once

// Adding calendar durations to dates and times (FHIRPath 6.6.7).

#include "fhir/path/temporal.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fhir::path {

// `amount` of `unit` later (earlier when negative): a calendar word, or the UCUM codes that mean one exactly (d, wk, h, min,
// s, ms). Months and years keep the day where the month has it. What is finer than the date's own precision is turned
// into that, cut off. Nothing when the unit is none of these, or outside of the years 1 to 9999.
std::optional<Temporal> plus(const Temporal& date_time, std::int64_t amount, std::string_view unit);
// Round the clock.
std::optional<Temporal> plus_time(const Temporal& time, std::int64_t amount, std::string_view unit);

// In the form it was read from; `time_only` for a time of day.
std::string spelled(const Temporal& moment, bool time_only);

}  // namespace fhir::path
