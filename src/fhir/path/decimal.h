// SPDX-License-Identifier: Apache-2.0
#pragma once

// Exact decimal numbers of up to 28 digits, for FHIRPath's arithmetic and comparison. What does not fit is nothing:
// overflow is an empty result, never a wrong one.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fhir::path {

class Decimal {
public:
    // "-12.50", also with FHIR's exponents ("1.2e-3").
    static std::optional<Decimal> parse(std::string_view text);
    static Decimal of(std::int64_t value);

    std::string text() const;     // with as many decimals as it has
    int decimals() const { return scale_; }
    bool negative() const { return digits_ < 0; }
    double to_double() const;
    std::optional<std::int64_t> truncated() const;

    std::strong_ordering operator<=>(const Decimal& other) const;
    bool operator==(const Decimal& other) const { return (*this <=> other) == std::strong_ordering::equal; }

    friend std::optional<Decimal> add(const Decimal& a, const Decimal& b);
    friend std::optional<Decimal> multiply(const Decimal& a, const Decimal& b);
    friend std::optional<Decimal> divide(const Decimal& a, const Decimal& b);     // nothing when b is 0
    friend std::optional<Decimal> quotient(const Decimal& a, const Decimal& b);   // truncated towards 0
    friend std::optional<Decimal> remainder(const Decimal& a, const Decimal& b);
    Decimal negated() const;
    Decimal rounded(int decimals) const;  // half away from zero

private:
    __extension__ using Digits = __int128;
    Decimal(Digits digits, int scale) : digits_(digits), scale_(scale) {}
    static std::optional<Decimal> make(Digits digits, int scale);
    std::optional<Digits> at_scale(int scale) const;

    Digits digits_ = 0;  // value = digits / 10^scale
    int scale_ = 0;
};

}  // namespace fhir::path
