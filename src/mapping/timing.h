// SPDX-License-Identifier: Apache-2.0
#pragma once

// Durations and repeat patterns as HL7 v2 writes them. Pure; nothing is guessed: what is not understood gives nothing.

#include <optional>
#include <string>
#include <string_view>

namespace mapping {

// How often within how long: `frequency` times in `period` units of time (FHIR's Timing.repeat).
struct RepeatPattern {
    int frequency = 1;
    int period = 1;
    std::string_view unit;  // s, min, h, d, wk or mo
};

// A code of HL7 table 0335: BID, TID, QID, 5ID, QD, QOD, QAM, QPM, QHS, QSHIFT, Q<n>S, M, H, D, W, L, Q<n>J<day>.
std::optional<RepeatPattern> repeat_pattern(std::string_view code);

struct Span {
    std::string amount;     // a decimal as it was sent
    std::string_view unit;  // UCUM: s, min, h, d, wk, mo or a
};

// TQ.3 (HL7 v2 4.3.3: "D4", "H12", "M30", "S5", "W2", "L6"), or a number and a unit in words ("90 min").
std::optional<Span> span(std::string_view text);

// TQ.3 as a number of times: "X3" is three.
std::optional<std::string> span_times(std::string_view text);

// A unit of time as UCUM or senders name it ("min", "Minutes", "HR", "d") in UCUM; empty when it is none.
std::string_view time_unit(std::string_view name);

// "2 h" in whole minutes, at least one.
std::optional<std::string> minutes(std::string_view text);

// A v2 time, a number and a unit, parted by blanks: the time that much later, as FHIR instant in the same zone. Months and years
// are no fixed span and give nothing.
std::optional<std::string> later(std::string_view text, std::string_view zone);

}  // namespace mapping
