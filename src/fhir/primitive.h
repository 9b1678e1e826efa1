// SPDX-License-Identifier: Apache-2.0
#pragma once

// The text of FHIR's primitive values: is it well formed (FHIR R4 2.24.0.1), and which span of time does it name?
//
// The checks are the standard's regular expressions written by hand, plus what its prose adds: days that the
// calendar has, integers in 32 bits, padding at the end of base64. No allocation, linear, never a throw.

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace fhir::primitive {

bool is_boolean(std::string_view text);
bool is_integer(std::string_view text);       // -2,147,483,648 .. 2,147,483,647
bool is_unsigned_int(std::string_view text);  // 0 .. 2,147,483,647
bool is_positive_int(std::string_view text);  // 1 .. 2,147,483,647
// Any number of digits; refused above what a double can hold (1e400), as no receiver could compute with it.
bool is_decimal(std::string_view text);
// Not empty, no control character but tab, line feed and carriage return. Also markdown.
bool is_string(std::string_view text);
bool is_code(std::string_view text);  // no white space at the ends or twice in a row
bool is_id(std::string_view text);
bool is_uri(std::string_view text);  // no white space; also url and canonical
bool is_oid(std::string_view text);
bool is_uuid(std::string_view text);
// White space may stand between groups of four, as the standard's expression allows.
bool is_base64(std::string_view text);
bool is_date(std::string_view text);
bool is_date_time(std::string_view text);
bool is_instant(std::string_view text);
bool is_time(std::string_view text);

// How much of a date or time was said.
enum class Precision : std::uint8_t { year, month, day, minute, second, fraction };

struct Moment {
    int year = 0;
    int month = 1;
    int day = 1;
    int hour = 0;
    int minute = 0;
    int second = 0;  // 60 in a leap second
    int micros = 0;  // digits beyond the sixth are dropped
    int fraction_digits = 0;
    std::optional<int> zone;  // minutes east of UTC; nothing when not said
    Precision precision = Precision::year;
};

// A date, dateTime or instant; also what search allows beyond them: minutes without seconds, time without a zone.
std::optional<Moment> parse_moment(std::string_view text);

// What the text names, as wall time in UTC: "2024-05" is the whole month, "2024-05-01T10:00:00Z" one second.
struct Interval {
    base::Micros from = 0;
    base::Micros to = 0;  // the first instant after it
};

// A time without a zone is taken as UTC.
Interval interval(const Moment& moment);
std::optional<Interval> interval(std::string_view text);

}  // namespace fhir::primitive
