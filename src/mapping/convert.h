// SPDX-License-Identifier: Apache-2.0
#pragma once

// The closed set of named conversions: one source value to one FHIR primitive. A new need is a new name here, with
// its test; maps themselves cannot compute. What has to do with durations stands in timing.h. Pure; a value that does not fit gives nothing, never something near it.

#include "terminology/naming.h"

#include <optional>
#include <string>
#include <string_view>

namespace mapping {

enum class Conversion {
    text,           // as it is
    date,           // v2 DT/DTM to date: YYYY, YYYY-MM or YYYY-MM-DD (HL7 v2 2A.2.21, 2A.2.22)
    date_time,      // v2 DTM/TS to dateTime; seconds are filled with zeros, the zone is the message's when none was sent
    instant,        // the same, with everything below the day filled with zeros
    time,           // v2 TM to time
    decimal,        // NM: no plus sign, no leading zeros; trailing zeros stay
    integer, positive_int, unsigned_int,
    boolean,        // Y and N (HL7 table 0136)
    base64,         // the bytes of the text
    hex64,          // hexadecimal digits to base64Binary
    plain64,        // base64 already: checked, white space left out
    uri,            // a URI, or nothing
    lines,          // all repeats, one a line
    number_part,    // "< 5" -> 5
    comparator,     // "< 5" -> <
    low, high,      // "3.5 - 5.0", "[ 4 - 11 ]", "< 5", ">= 2": the bound as decimal
    id_system,      // an HD: namespace, universal id, type -> URI (terminology/naming.h)
    tail_system,    // the components behind the first, of an EI: the same
    sampled,        // "1^2^3" -> "1 2 3", when all are numbers
    code_system,    // the name of a coding system -> URI
    minutes_later,  // "202401021230+0100 45": a time and whole minutes -> the dateTime that many minutes later
    slug,           // text for a code that allows no white space: "SPACE here" -> "SPACE-here"
    later,          // "20240229233000+0100 45 min": the time, that much later, as instant; without a unit minutes
    minutes,        // "2 h" -> 120; without a unit minutes; only what comes to whole ones
    frequency,      // a repeat pattern of HL7 table 0335: "BID" -> 2, "Q6H" -> 1
    period,         // the same: "BID" -> 1, "Q6H" -> 6
    period_unit,    // the same: "BID" -> d, "Q6H" -> h
    span,           // a duration of TQ.3 or in words: "D4" -> 4, "90 min" -> 90
    span_unit,      // the same: "D4" -> d
    span_times,     // how often instead of how long: "X3" -> 3
    span_unit_name, // a unit of time as senders name it, in UCUM: "Hours" -> h
    gathered,       // a line more to what rows before wrote into the element: a text that is cut into segments
    gathered64      // the same as base64 of the whole text
};

std::optional<Conversion> find_conversion(std::string_view name);

// `zone` ("+02:00", "Z") is given to times that were sent without one.
std::optional<std::string> to_date(std::string_view v2);
std::optional<std::string> to_date_time(std::string_view v2, std::string_view zone);
std::optional<std::string> to_instant(std::string_view v2, std::string_view zone);
std::optional<std::string> to_time(std::string_view v2);
std::optional<std::string> to_decimal(std::string_view v2);

// The "+0200" that ends a v2 time, as FHIR writes it; nothing when there is none or it is wrong.
std::optional<std::string> zone_of(std::string_view v2);

// All conversions of one text to one text; the others (id_system, lines) are the engine's, they read more than one.
std::optional<std::string> convert(Conversion conversion, std::string_view text, std::string_view zone);

}  // namespace mapping
