// SPDX-License-Identifier: Apache-2.0
#include "fhir/ucum/natural.h"

#include <algorithm>
#include <bit>

namespace fhir::ucum {

Natural::Natural(std::uint64_t value) {
    limb_[0] = static_cast<std::uint32_t>(value);
    limb_[1] = static_cast<std::uint32_t>(value >> 32);
    size_ = 2;
    trim();
}

Natural Natural::beyond() {
    Natural result;
    result.too_large_ = true;
    return result;
}

void Natural::trim() {
    while (size_ > 0 && limb_[size_ - 1] == 0) --size_;
}

Natural Natural::from_digits(std::string_view digits) {
    Natural result;
    while (!digits.empty()) {
        const auto piece = digits.substr(0, std::min<std::size_t>(digits.size(), 9));
        std::uint64_t value = 0, scale = 1;
        for (const char digit : piece) {
            value = value * 10 + static_cast<std::uint64_t>(digit - '0');
            scale *= 10;
        }
        result = result * Natural(scale) + Natural(value);
        digits.remove_prefix(piece.size());
    }
    return result;
}

Natural Natural::power_of_ten(int exponent) {
    Natural result(1), square(10);
    if (exponent > 700) return beyond();  // 10^616 is the last that fits
    for (; exponent > 0; exponent /= 2) {
        if (exponent % 2 == 1) result = result * square;
        if (exponent > 1) square = square * square;
    }
    return result;
}

std::uint32_t Natural::divide_small(std::uint32_t divisor) {
    std::uint64_t rest = 0;
    for (std::size_t i = size_; i-- > 0;) {
        rest = rest << 32 | limb_[i];
        limb_[i] = static_cast<std::uint32_t>(rest / divisor);
        rest %= divisor;
    }
    trim();
    return static_cast<std::uint32_t>(rest);
}

std::string Natural::digits() const {
    std::string backwards;
    Natural rest = *this;
    while (rest.size_ > 0) {
        auto nine = rest.divide_small(1'000'000'000);
        for (int i = 0; i < 9; ++i, nine /= 10) backwards.push_back(static_cast<char>('0' + nine % 10));
    }
    while (!backwards.empty() && backwards.back() == '0') backwards.pop_back();
    if (backwards.empty()) return "0";
    std::reverse(backwards.begin(), backwards.end());
    return backwards;
}

Natural operator+(const Natural& a, const Natural& b) {
    if (a.too_large_ || b.too_large_) return Natural::beyond();
    Natural result;
    std::uint64_t carry = 0;
    const std::size_t size = std::max(a.size_, b.size_);
    for (std::size_t i = 0; i < size; ++i) {
        carry += std::uint64_t{a.limb_[i]} + b.limb_[i];  // limbs beyond the size are 0
        result.limb_[i] = static_cast<std::uint32_t>(carry);
        carry >>= 32;
    }
    result.size_ = size;
    if (carry != 0) {
        if (size == Natural::most) return Natural::beyond();
        result.limb_[result.size_++] = static_cast<std::uint32_t>(carry);
    }
    return result;
}

Natural operator-(const Natural& a, const Natural& b) {
    if (a.too_large_ || b.too_large_) return Natural::beyond();
    Natural result;
    std::uint64_t borrow = 0;
    for (std::size_t i = 0; i < a.size_; ++i) {
        const std::uint64_t take = std::uint64_t{b.limb_[i]} + borrow;
        borrow = a.limb_[i] < take ? 1 : 0;
        result.limb_[i] = static_cast<std::uint32_t>((std::uint64_t{borrow} << 32) + a.limb_[i] - take);
    }
    result.size_ = a.size_;
    result.trim();
    return result;
}

Natural operator*(const Natural& a, const Natural& b) {
    if (a.too_large_ || b.too_large_) return Natural::beyond();
    Natural result;
    if (a.size_ == 0 || b.size_ == 0) return result;
    if (a.size_ + b.size_ > Natural::most + 1) return Natural::beyond();
    for (std::size_t i = 0; i < a.size_; ++i) {
        std::uint64_t carry = 0;
        for (std::size_t j = 0; j < b.size_ || carry != 0; ++j) {
            if (i + j == Natural::most) {
                if (carry != 0 || (j < b.size_ && b.limb_[j] != 0)) return Natural::beyond();
                break;
            }
            carry += result.limb_[i + j];
            if (j < b.size_) carry += std::uint64_t{a.limb_[i]} * b.limb_[j];
            result.limb_[i + j] = static_cast<std::uint32_t>(carry);
            carry >>= 32;
        }
    }
    result.size_ = std::min(a.size_ + b.size_, Natural::most);
    result.trim();
    return result;
}

std::strong_ordering operator<=>(const Natural& a, const Natural& b) {
    if (a.too_large_ != b.too_large_) return a.too_large_ <=> b.too_large_;
    if (a.size_ != b.size_) return a.size_ <=> b.size_;
    for (std::size_t i = a.size_; i-- > 0;)
        if (a.limb_[i] != b.limb_[i]) return a.limb_[i] <=> b.limb_[i];
    return std::strong_ordering::equal;
}

// Schoolbook division by bits would cost 2,048 steps of 64 limbs; by limbs (Knuth, volume 2, 4.3.1, algorithm D) it is
// at most 64 steps of them.
Natural::Division Natural::divide(const Natural& a, const Natural& b) {
    if (a.too_large_ || b.too_large_) return {beyond(), beyond()};
    if (a < b) return {Natural{}, a};
    if (b.size_ == 1) {
        Division result{a, {}};
        result.remainder = Natural(result.quotient.divide_small(b.limb_[0]));
        return result;
    }
    const auto shift = static_cast<unsigned>(std::countl_zero(b.limb_[b.size_ - 1]));
    std::array<std::uint32_t, most + 1> u{};
    std::array<std::uint32_t, most> v{};
    const std::size_t n = b.size_, m = a.size_ - n;
    std::uint64_t carry = 0;
    for (std::size_t i = 0; i < a.size_; ++i) {
        carry |= std::uint64_t{a.limb_[i]} << shift;
        u[i] = static_cast<std::uint32_t>(carry);
        carry >>= 32;
    }
    u[a.size_] = static_cast<std::uint32_t>(carry);
    carry = 0;
    for (std::size_t i = 0; i < n; ++i) {
        carry |= std::uint64_t{b.limb_[i]} << shift;
        v[i] = static_cast<std::uint32_t>(carry);
        carry >>= 32;
    }
    Division result;
    constexpr std::uint64_t base = std::uint64_t{1} << 32;
    for (std::size_t j = m + 1; j-- > 0;) {
        const std::uint64_t top = std::uint64_t{u[j + n]} << 32 | u[j + n - 1];
        std::uint64_t guess = top / v[n - 1], rest = top % v[n - 1];
        while (guess >= base || guess * v[n - 2] > (rest << 32 | u[j + n - 2])) {
            --guess;
            rest += v[n - 1];
            if (rest >= base) break;
        }
        std::uint64_t product = 0, borrow = 0;
        for (std::size_t i = 0; i < n; ++i) {
            product += guess * v[i];
            const std::uint64_t take = (product & (base - 1)) + borrow;
            borrow = u[i + j] < take ? 1 : 0;
            u[i + j] = static_cast<std::uint32_t>((borrow << 32) + u[i + j] - take);
            product >>= 32;
        }
        const std::uint64_t take = product + borrow;
        const bool negative = u[j + n] < take;
        u[j + n] = static_cast<std::uint32_t>((std::uint64_t{negative} << 32) + u[j + n] - take);
        if (negative) {  // the guess was one too large, which is rare
            --guess;
            std::uint64_t sum = 0;
            for (std::size_t i = 0; i < n; ++i) {
                sum += std::uint64_t{u[i + j]} + v[i];
                u[i + j] = static_cast<std::uint32_t>(sum);
                sum >>= 32;
            }
            u[j + n] = static_cast<std::uint32_t>(u[j + n] + sum);
        }
        result.quotient.limb_[j] = static_cast<std::uint32_t>(guess);
    }
    result.quotient.size_ = m + 1;
    result.quotient.trim();
    for (std::size_t i = 0; i < n; ++i)
        result.remainder.limb_[i] = static_cast<std::uint32_t>((std::uint64_t{u[i + 1]} << 32 | u[i]) >> shift);
    result.remainder.size_ = n;
    result.remainder.trim();
    return result;
}

}  // namespace fhir::ucum
