// SPDX-License-Identifier: Apache-2.0
#include "fhir/ucum/ratio.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace fhir::ucum {

namespace {

constexpr int most_ten = 9'900;     // beyond, a number is called too large; what is written can be parsed again
constexpr int exact_digits = 28;      // what fhir/path's decimals hold
constexpr int rounded_digits = 24;
constexpr int rough_digits = 15;
constexpr int pi_decimals = 60;
constexpr std::string_view pi_digits = "3141592653589793238462643383279502884197169399375105820974945";

Ratio beyond() {
    Ratio result;
    result.over = Natural::power_of_ten(10'000);
    return result;
}

Ratio checked(Ratio ratio) {
    if (ratio.over.is_zero()) return {};
    return std::abs(ratio.ten) > most_ten || std::abs(ratio.pi) > 1'000 ? beyond() : ratio;
}

// The same number with pi written out.
Ratio without_pi(const Ratio& ratio) {
    if (ratio.pi == 0) return ratio;
    if (std::abs(ratio.pi) > 6) return beyond();
    Ratio result = ratio;
    const Natural pi = Natural::from_digits(pi_digits);
    for (; result.pi > 0; --result.pi, result.ten -= pi_decimals) result.over = result.over * pi;
    for (; result.pi < 0; ++result.pi, result.ten += pi_decimals) result.under = result.under * pi;
    return result;
}

Ratio sum(const Ratio& a, const Ratio& b) {
    if (a.is_zero()) return b;
    if (b.is_zero()) return a;
    Ratio one = a, two = b;
    if (one.pi != two.pi) {
        one = without_pi(one);
        two = without_pi(two);
    }
    const int ten = std::min(one.ten, two.ten);
    Ratio result{.ten = ten, .pi = one.pi, .rough = a.rough || b.rough};
    const bool same = one.under == two.under;
    Natural left = one.over * Natural::power_of_ten(one.ten - ten), right = two.over * Natural::power_of_ten(two.ten - ten);
    if (!same) {
        left = left * two.under;
        right = right * one.under;
    }
    result.under = same ? one.under : one.under * two.under;
    if (one.negative == two.negative) {
        result.over = left + right;
        result.negative = one.negative;
    } else if (left < right) {
        result.over = right - left;
        result.negative = two.negative;
    } else {
        result.over = left - right;
        result.negative = one.negative;
    }
    return checked(result);
}

// digits * 10^exponent as text.
std::string written(std::string digits, int exponent, int places) {
    while (exponent > places && digits.size() < exact_digits && exponent <= 0 && digits != "0") {
        digits.push_back('0');
        --exponent;
    }
    const int top = static_cast<int>(digits.size()) - 1 + exponent;  // the power of ten of the first digit
    if (digits == "0" || (top >= -20 && top < 20)) {
        if (exponent >= 0) return digits == "0" ? digits : digits + std::string(static_cast<std::size_t>(exponent), '0');
        if (top < 0) return "0." + std::string(static_cast<std::size_t>(-top - 1), '0') + digits;
        return digits.substr(0, static_cast<std::size_t>(top) + 1) + "." + digits.substr(static_cast<std::size_t>(top) + 1);
    }
    return digits.substr(0, 1) + (digits.size() > 1 ? "." + digits.substr(1) : "") + fmt::format("e{}", top);
}

struct Decimal {
    std::string digits;
    int exponent = 0;
    bool exact = true;
};

void strip_zeros(Decimal& decimal) {
    while (decimal.digits.size() > 1 && decimal.digits.back() == '0') {
        decimal.digits.pop_back();
        ++decimal.exponent;
    }
}

// Half away from zero; the digit behind decides, since what is exact has no more than these or many more.
void round_to(Decimal& decimal, std::size_t count) {
    if (decimal.digits.size() <= count) return;
    decimal.exponent += static_cast<int>(decimal.digits.size() - count);
    const bool up = decimal.digits[count] >= '5';
    decimal.digits.resize(count);
    std::size_t at = count;
    while (up && at > 0 && decimal.digits[at - 1] == '9') decimal.digits[--at] = '0';
    if (up && at > 0) ++decimal.digits[at - 1];
    if (up && at == 0) decimal.digits.insert(0, "1");
    strip_zeros(decimal);
}

// The first digits of a number that is not zero.
std::optional<Decimal> expand(const Ratio& ratio) {
    const Ratio plain = without_pi(ratio);
    if (plain.too_large()) return std::nullopt;
    const int wanted = exact_digits + 2;
    const int more = wanted - static_cast<int>(plain.over.digits().size()) + static_cast<int>(plain.under.digits().size());
    const Natural scaled = more > 0 ? plain.over * Natural::power_of_ten(more) : plain.over;
    const auto divided = Natural::divide(scaled, plain.under);
    if (divided.quotient.too_large()) return std::nullopt;
    Decimal result{divided.quotient.digits(), plain.ten - std::max(more, 0), divided.remainder.is_zero() && ratio.pi == 0};
    strip_zeros(result);
    return result;
}

}  // namespace

std::optional<Ratio::Written> Ratio::parse(std::string_view text) {
    Written result;
    Ratio& value = result.value;
    if (text.starts_with('-') || text.starts_with('+')) {
        value.negative = text[0] == '-';
        text.remove_prefix(1);
    }
    int exponent = 0;
    if (const auto mark = text.find_first_of("eE"); mark != std::string_view::npos) {
        auto power_text = text.substr(mark + 1);
        if (power_text.starts_with('+')) power_text.remove_prefix(1);
        if (power_text.empty() || power_text.size() > 5) return std::nullopt;
        const auto read = std::from_chars(power_text.data(), power_text.data() + power_text.size(), exponent);
        if (read.ec != std::errc{} || read.ptr != power_text.data() + power_text.size() || std::abs(exponent) > 9'999) return std::nullopt;
        text = text.substr(0, mark);
    }
    std::string digits;
    std::size_t after = 0;
    bool point = false;
    if (text.size() > 110) return std::nullopt;
    for (const char c : text) {
        if (c == '.' && !point) point = true;
        else if (c >= '0' && c <= '9') {
            digits.push_back(c);
            after += point ? 1 : 0;
        } else return std::nullopt;
    }
    if (digits.empty() || digits.size() > 100 || text.front() == '.' || text.back() == '.') return std::nullopt;
    result.places = exponent - static_cast<int>(after);
    value.ten = result.places;
    while (digits.size() > 1 && digits.back() == '0') {
        digits.pop_back();
        ++value.ten;
    }
    value.over = Natural::from_digits(digits);
    if (value.over.is_zero()) value = {};
    return result;
}

long double Ratio::approximate() const {
    if (is_zero()) return 0;
    auto decimal = expand(*this);
    if (!decimal) return std::numeric_limits<long double>::quiet_NaN();
    round_to(*decimal, 21);
    const std::string text = fmt::format("{}{}e{}", negative ? "-" : "", decimal->digits, decimal->exponent);
    long double result = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), result);
    return read.ec == std::errc{} ? result : std::numeric_limits<long double>::quiet_NaN();
}

std::optional<std::string> Ratio::text(int places) const {
    if (is_zero()) return places < 0 && places >= -exact_digits ? "0." + std::string(static_cast<std::size_t>(-places), '0') : "0";
    auto decimal = expand(*this);
    if (!decimal) return std::nullopt;
    if (rough) {
        round_to(*decimal, rough_digits);
    } else if (!decimal->exact || decimal->digits.size() > exact_digits) {
        round_to(*decimal, rounded_digits);
        places = 0;
    }
    if (std::abs(decimal->exponent) > 9'900) return std::nullopt;
    return (negative ? "-" : "") + written(std::move(decimal->digits), decimal->exponent, places);
}

Ratio operator*(const Ratio& a, const Ratio& b) {
    return checked({a.over * b.over, a.under * b.under, a.ten + b.ten, a.pi + b.pi, a.negative != b.negative, a.rough || b.rough});
}

Ratio operator/(const Ratio& a, const Ratio& b) {
    // a/b over a/b is one; kept short because units of one kind meet often.
    if (a.over == b.over && a.under == b.under && !a.too_large() && !a.is_zero())
        return checked({Natural(1), Natural(1), a.ten - b.ten, a.pi - b.pi, a.negative != b.negative, a.rough || b.rough});
    return checked({a.over * b.under, a.under * b.over, a.ten - b.ten, a.pi - b.pi, a.negative != b.negative, a.rough || b.rough});
}

Ratio operator+(const Ratio& a, const Ratio& b) { return sum(a, b); }

Ratio operator-(const Ratio& a, const Ratio& b) {
    Ratio negated = b;
    negated.negative = !b.negative;
    return sum(a, b.is_zero() ? b : negated);
}

Ratio power(const Ratio& a, int exponent) {
    Ratio result = Ratio::of(1), square = exponent < 0 ? Ratio::of(1) / a : a;
    for (unsigned left = static_cast<unsigned>(std::abs(exponent)); left > 0; left /= 2) {
        if (left % 2 == 1) result = result * square;
        if (left > 1) square = square * square;
    }
    return result;
}

std::optional<std::strong_ordering> compare(const Ratio& a, const Ratio& b) {
    if (a.too_large() || b.too_large()) return std::nullopt;
    if (a.rough || b.rough) {
        const auto rounded = [](const Ratio& ratio) {
            Ratio rough = ratio;
            rough.rough = true;
            const auto text = rough.text();
            return text ? Ratio::parse(*text) : std::nullopt;
        };
        const auto one = rounded(a), two = rounded(b);
        return one && two ? compare(one->value, two->value) : std::nullopt;
    }
    const int sign_a = a.is_zero() ? 0 : a.negative ? -1 : 1, sign_b = b.is_zero() ? 0 : b.negative ? -1 : 1;
    if (sign_a != sign_b || sign_a == 0) return sign_a <=> sign_b;
    const Ratio quotient = a / b;  // of one sign: above one means that a is farther from zero
    if (quotient.too_large()) return std::nullopt;
    const Ratio plain = without_pi(quotient);
    if (plain.too_large()) return std::nullopt;
    const long size = static_cast<long>(plain.over.digits().size()) - static_cast<long>(plain.under.digits().size()) + plain.ten;
    std::strong_ordering farther = std::strong_ordering::equal;
    if (size > 1 || size < -1) farther = size <=> 0L;
    else {
        const Natural over = plain.ten > 0 ? plain.over * Natural::power_of_ten(plain.ten) : plain.over;
        const Natural under = plain.ten < 0 ? plain.under * Natural::power_of_ten(-plain.ten) : plain.under;
        if (over.too_large() || under.too_large()) return std::nullopt;
        farther = over <=> under;
    }
    return sign_a > 0 ? farther : 0 <=> farther;
}

}  // namespace fhir::ucum
