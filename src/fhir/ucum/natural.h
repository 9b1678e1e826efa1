// SPDX-License-Identifier: Apache-2.0
#pragma once

// Natural numbers of up to 2,048 bits, for exact conversion factors. No allocation; what grows beyond becomes
// `too_large` and stays so through every operation, so that it is asked once at the end.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fhir::ucum {

class Natural {
public:
    Natural() = default;
    explicit Natural(std::uint64_t value);
    static Natural from_digits(std::string_view digits);  // '0' to '9' only
    static Natural power_of_ten(int exponent);            // exponent >= 0

    bool is_zero() const { return size_ == 0 && !too_large_; }
    bool too_large() const { return too_large_; }
    std::string digits() const;  // without leading zeros; "0" for zero

    friend Natural operator+(const Natural& a, const Natural& b);
    friend Natural operator-(const Natural& a, const Natural& b);  // a >= b
    friend Natural operator*(const Natural& a, const Natural& b);
    friend std::strong_ordering operator<=>(const Natural& a, const Natural& b);
    friend bool operator==(const Natural& a, const Natural& b) { return (a <=> b) == std::strong_ordering::equal; }

    struct Division;
    static Division divide(const Natural& a, const Natural& b);  // b is not zero

private:
    static constexpr std::size_t most = 64;

    static Natural beyond();
    void trim();
    std::uint32_t divide_small(std::uint32_t divisor);  // returns the remainder

    std::array<std::uint32_t, most> limb_{};  // least first
    std::size_t size_ = 0;
    bool too_large_ = false;
};

struct Natural::Division {
    Natural quotient, remainder;
};

}  // namespace fhir::ucum
