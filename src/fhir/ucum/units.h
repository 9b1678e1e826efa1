// SPDX-License-Identifier: Apache-2.0
#pragma once

// UCUM: units of measure read, compared and converted (The Unified Code for Units of Measure, ucum.org).
//
// Opened from a small table that the build makes (build/<preset>/profiles/ucum.tsv); opening costs about a millisecond.
// Immutable: shared by all threads. Numbers are decimal text in and out, and computed exactly between: 1.50 kg is 1500 g, 1.50 mg is
// 0.00150 g, and 1 [in_i] is 2.54 cm. What no 28 digits say exactly is rounded to 24; logarithms and angles to 15.
// Arbitrary units ([iU]) are measures of nothing but themselves. Checking a usual code costs less than a microsecond.
// Units are case-sensitive codes ("mg/dL"); "" and "1" are the unity.

#include "base/result.h"

#include <compare>
#include <memory>
#include <string>
#include <string_view>

namespace fhir::ucum {

struct Measure {
    std::string value;  // decimal text, without exponent when it is between 1e-20 and 1e20
    std::string unit;   // UCUM code
};

class Units {
public:
    static base::Result<Units> open(const std::string& path);
    Units(Units&&) noexcept;
    Units& operator=(Units&&) noexcept;
    ~Units();

    // Fault (invalid) that says what in the code is wrong.
    base::Result<void> check(std::string_view unit) const;
    // What it is called: "(milligram) / (deciliter)".
    base::Result<std::string> describe(std::string_view unit) const;
    // True when both are valid and of one dimension ("mg" and "kg"; not "mmol/L" and "mg/dL").
    bool comparable(std::string_view a, std::string_view b) const;
    // The same quantity in base units, written in one way for all units of that dimension: what is equal has equal text
    // of unit, and values that compare as numbers. Special units (Cel, [pH]) are converted too. Fault: not a unit.
    base::Result<Measure> canonical(std::string_view value, std::string_view unit) const;
    // Exact, whatever the number of digits. Fault: not a unit, not a number, or measures of different things.
    base::Result<std::strong_ordering> compare(const Measure& a, const Measure& b) const;
    base::Result<std::string> convert(std::string_view value, std::string_view from, std::string_view to) const;
    // In base units, except that a factor without unit leaves the other's unit alone.
    base::Result<Measure> multiply(const Measure& a, const Measure& b) const;
    base::Result<Measure> divide(const Measure& a, const Measure& b) const;  // Fault when b is zero

private:
    struct Table;
    explicit Units(std::unique_ptr<const Table> table);
    std::unique_ptr<const Table> table_;
};

}  // namespace fhir::ucum
