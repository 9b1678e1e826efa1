// SPDX-License-Identifier: Apache-2.0
#pragma once

// The lowest and highest value that a number or moment of limited precision may stand for: 1.587 lies between 1.5865 and
// 1.5875 (FHIRPath 5.7.13, 5.7.14, 5.7.15).

#include "fhir/path/temporal.h"

#include <optional>
#include <string>
#include <string_view>

namespace fhir::path {

// With `digits` decimals (0 to 28), cut off towards zero or rounded half up as the published examples have it; nothing beyond.
std::optional<std::string> decimal_boundary(std::string_view number, bool high, int digits);

// `digits` counts those of the text: 4 year, 6 month, 8 day, 10 hour, 12 minute, 14 second, 17 millisecond. A dateTime
// without zone may be meant anywhere from +14:00 to -12:00.
std::optional<std::string> date_time_boundary(const Temporal& moment, bool high, int digits);
// 2 hour, 4 minute, 6 second, 9 millisecond.
std::optional<std::string> time_boundary(const Temporal& moment, bool high, int digits);

// Digits behind the point; digits of a date or time as they are counted above.
int decimal_precision(std::string_view number);
int date_time_precision(const Temporal& moment);
int time_precision(const Temporal& moment);

}  // namespace fhir::path
