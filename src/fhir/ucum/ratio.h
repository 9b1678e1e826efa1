// SPDX-License-Identifier: Apache-2.0
#pragma once

// An exact number: over / under, times powers of ten and of pi. Every factor of UCUM is one, so that what is equal on
// paper compares as equal here; only printing rounds, and only what no short decimal says exactly.

#include "fhir/ucum/natural.h"

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace fhir::ucum {

struct Ratio {
    Natural over{0}, under{1};  // under is not zero
    int ten = 0, pi = 0;        // exponents
    bool negative = false;
    bool rough = false;  // came out of a logarithm or an angle: good for 15 digits

    // "-12.50", "1.2e-3"; at most 100 digits, exponents to 9,999. `places`: where the last written digit stands, as a
    // power of ten (-2 for 1.50).
    struct Written;
    static std::optional<Written> parse(std::string_view text);
    static Ratio of(std::uint64_t value) { return {.over = Natural(value)}; }

    bool is_zero() const { return over.is_zero(); }
    bool too_large() const { return over.too_large() || under.too_large(); }
    // One, but for powers of ten: a value times this keeps its digits.
    bool shifts_only() const { return pi == 0 && !negative && over == under; }
    long double approximate() const;
    // Decimal text with all its digits when 28 are enough, else rounded to 24 (15 when rough). With zeros to `places` at least; with an exponent
    // below 1e-20 and from 1e20. Nothing when the number is too large to be worked with.
    std::optional<std::string> text(int places = 0) const;
};

struct Ratio::Written {
    Ratio value;
    int places = 0;
};

Ratio operator*(const Ratio& a, const Ratio& b);
Ratio operator/(const Ratio& a, const Ratio& b);  // b is not zero
Ratio operator+(const Ratio& a, const Ratio& b);
Ratio operator-(const Ratio& a, const Ratio& b);
Ratio power(const Ratio& a, int exponent);  // a is not zero
// Nothing when one of them is too large. Rough ones are compared by the digits that can be trusted.
std::optional<std::strong_ordering> compare(const Ratio& a, const Ratio& b);

}  // namespace fhir::ucum
