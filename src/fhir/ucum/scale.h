// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a unit means: its dimension, and its size in base units.

#include "fhir/ucum/ratio.h"
#include "fhir/ucum/special.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fhir::ucum {

// Products of powers of base units and of arbitrary units (which are measures of nothing but themselves), sorted by code, without
// zero powers: equal dimensions are equal values. Codes live in the table of units.
class Dimension {
public:
    void multiply(std::string_view code, int exponent);
    void multiply(const Dimension& other, int exponent);
    bool none() const { return powers_.empty(); }
    // The code when there is one, to the power of one; else empty.
    std::string_view single() const { return powers_.size() == 1 && powers_[0].second == 1 ? powers_[0].first : std::string_view{}; }
    // More than is worth computing with: its text would not be a code that can be parsed again.
    bool too_large() const;
    std::string text() const;  // "g.m-1.s-2"; "1" when there is none
    bool operator==(const Dimension&) const = default;

private:
    std::vector<std::pair<std::string_view, int>> powers_;
};

struct Scale {
    Ratio factor = Ratio::of(1);
    Dimension dimension{};
    // Not null: a value times `factor` is on this special scale, whose proper unit is `proper` times the base units.
    const Special* special = nullptr;
    Ratio proper = Ratio::of(1);
    std::string_view special_code{};

    // `value` of this unit in base units, and back; nothing when it cannot be there.
    std::optional<Ratio> to_base(const Ratio& value) const;
    std::optional<Ratio> from_base(const Ratio& value) const;
    // This scale times other^exponent. Special scales lose their zero point in such company.
    void multiply(const Scale& other, int exponent);

private:
    Scale plain() const;
};

}  // namespace fhir::ucum
