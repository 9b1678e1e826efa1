// SPDX-License-Identifier: Apache-2.0
#pragma once

// Dates and times that may be partial: "2024", "2024-05", "2024-05-01T12:30:00.5+02:00", "12:30".
//
// What was not said stays unsaid: `precision` tells how far the text went. Calendar days are checked.
// Covers FHIR's date, dateTime, instant and time (R4 2.24.0.1) and FHIRPath's literals (without '@').

#include "base/clock.h"

#include <compare>
#include <optional>
#include <string_view>

namespace fhir::path {

struct Temporal {
    enum class Precision : unsigned char { year, month, day, hour, minute, second, fraction };

    int year = 1;
    int month = 1;
    int day = 1;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int micro = 0;
    Precision precision = Precision::year;
    int fraction_digits = 0;
    bool has_zone = false;
    int zone = 0;  // minutes east of UTC

    // A date with or without time. "2024T" and "2024-05T10" are allowed, as FHIRPath allows them.
    static std::optional<Temporal> date_time(std::string_view text);
    // "12", "12:30", "12:30:15.25"; no zone.
    static std::optional<Temporal> time(std::string_view text);

    // Microseconds since 1970 of its first moment; UTC where no zone was said.
    base::Micros first() const;
    // The first moment that it does not cover any more.
    base::Micros end() const;
};

// How two of them stand to each other; nothing when that is not known because one is less precise, or because only
// one has a zone (FHIRPath 6.2).
std::optional<std::strong_ordering> compare(const Temporal& a, const Temporal& b);

}  // namespace fhir::path
