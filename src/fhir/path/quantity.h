// SPDX-License-Identifier: Apache-2.0
#pragma once

// Quantities with units: calendar words ("4 days"), UCUM codes ("4 'd'"), and how they stand to each other
// (FHIRPath 2.1.2, 4.3, 6.1.1, 6.6). Conversion is fhir/ucum's; without it only equal codes and durations meet.

#include "fhir/path/decimal.h"
#include "fhir/path/run.h"

#include <optional>
#include <string_view>
#include <utility>

namespace fhir::path {

// "days" -> "day", "year" -> "year"; empty when it is no calendar word.
std::string_view calendar_word(std::string_view unit);
inline bool is_calendar_word(std::string_view unit) { return !calendar_word(unit).empty(); }
// The UCUM code that means a calendar word as nearly as one does: "year" -> "a"; other units as they are.
std::string_view ucum_code(std::string_view unit);

enum class Alignment {
    exact,   // for '=', '<': a calendar year and 'a' cannot be compared
    loose,   // for '~': they can
    finest,  // in the smaller of both units: what + and - give
};
struct Aligned {
    Decimal a;
    Decimal b;
    std::string_view unit;  // of both; empty when they are in base units
};
// Both numbers in one unit; nothing when their dimensions differ, or nobody can tell.
std::optional<Aligned> align(Run& run, const Item& a, const Item& b, Alignment how);

// Are both of one dimension?
bool comparable(Run& run, const Item& a, const Item& b);

// '*' and '/' of two quantities; nothing when it cannot be done.
std::optional<Item> multiplied(Run& run, const Item& a, const Item& b);
std::optional<Item> divided(Run& run, const Item& a, const Item& b);

}  // namespace fhir::path
