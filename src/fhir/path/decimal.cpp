// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/decimal.h"

#include <algorithm>
#include <cmath>

namespace fhir::path {

namespace {

constexpr int most_digits = 28;
__extension__ using Wide = __int128;

constexpr Wide power(int exponent) {
    Wide result = 1;
    for (int i = 0; i < exponent; ++i) result *= 10;
    return result;
}

constexpr Wide bound = power(most_digits);

}  // namespace

std::optional<Decimal> Decimal::make(Digits digits, int scale) {
    if (digits >= bound || digits <= -bound) return {};
    return Decimal(digits, scale);
}

Decimal Decimal::of(std::int64_t value) { return Decimal(value, 0); }

std::optional<Decimal> Decimal::parse(std::string_view text) {
    bool negative = false;
    if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
        negative = text.front() == '-';
        text.remove_prefix(1);
    }
    Digits digits = 0;
    int scale = 0;
    bool any = false;
    bool point = false;
    std::size_t i = 0;
    for (; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '.' && !point) {
            point = true;
        } else if (c >= '0' && c <= '9') {
            digits = digits * 10 + (c - '0');
            if (digits >= bound) return {};
            scale += point ? 1 : 0;
            any = true;
        } else {
            break;
        }
    }
    if (!any || scale > most_digits) return {};
    if (i < text.size()) {  // exponent
        if (text[i] != 'e' && text[i] != 'E') return {};
        ++i;
        bool down = false;
        if (i < text.size() && (text[i] == '-' || text[i] == '+')) down = text[i++] == '-';
        int exponent = 0;
        if (i == text.size()) return {};
        for (; i < text.size(); ++i) {
            if (text[i] < '0' || text[i] > '9' || exponent > 99) return {};
            exponent = exponent * 10 + (text[i] - '0');
        }
        scale += down ? exponent : -exponent;
        if (scale > most_digits) return digits == 0 ? std::optional(Decimal(0, 0)) : std::nullopt;
        for (; scale < 0; ++scale) {
            if (digits >= bound / 10) return {};
            digits *= 10;
        }
    }
    return Decimal(negative ? -digits : digits, scale);
}

std::string Decimal::text() const {
    Digits rest = digits_ < 0 ? -digits_ : digits_;
    std::string reversed;
    for (int i = 0; rest > 0 || i <= scale_; ++i) {
        if (i == scale_ && scale_ > 0) reversed += '.';
        reversed += static_cast<char>('0' + static_cast<int>(rest % 10));
        rest /= 10;
    }
    if (digits_ < 0) reversed += '-';
    return {reversed.rbegin(), reversed.rend()};
}

double Decimal::to_double() const { return static_cast<double>(digits_) / std::pow(10.0, scale_); }

std::optional<std::int64_t> Decimal::truncated() const {
    const Digits whole = digits_ / power(scale_);
    if (whole > INT64_MAX || whole < INT64_MIN) return {};
    return static_cast<std::int64_t>(whole);
}

std::optional<Decimal::Digits> Decimal::at_scale(int scale) const {
    Digits digits = digits_;
    for (int i = scale_; i < scale; ++i) {
        digits *= 10;
        if (digits >= bound * 1'000'000'000 || digits <= -bound * 1'000'000'000) return {};
    }
    return digits;
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
    const int scale = std::max(scale_, other.scale_);
    const auto a = at_scale(scale);
    const auto b = other.at_scale(scale);
    if (a && b) return *a <=> *b;
    // One is so much larger that it cannot be written at the other's scale: doubles tell them apart.
    const double x = to_double();
    const double y = other.to_double();
    return x < y ? std::strong_ordering::less : x > y ? std::strong_ordering::greater : std::strong_ordering::equal;
}

Decimal Decimal::negated() const { return Decimal(-digits_, scale_); }

Decimal Decimal::rounded(int decimals) const {
    if (decimals >= scale_) return *this;
    const Digits unit = power(scale_ - decimals);
    const Digits half = unit / 2;
    return Decimal((digits_ + (digits_ < 0 ? -half : half)) / unit, decimals);
}

std::optional<Decimal> add(const Decimal& a, const Decimal& b) {
    const int scale = std::max(a.scale_, b.scale_);
    const auto x = a.at_scale(scale);
    const auto y = b.at_scale(scale);
    if (!x || !y) return {};
    return Decimal::make(*x + *y, scale);
}

std::optional<Decimal> multiply(const Decimal& a, const Decimal& b) {
    Wide product = 0;
    if (__builtin_mul_overflow(a.digits_, b.digits_, &product)) return {};
    int scale = a.scale_ + b.scale_;
    for (; scale > 8 && (product >= bound || product <= -bound || scale > most_digits); --scale) product /= 10;
    return Decimal::make(product, scale);
}

std::optional<Decimal> divide(const Decimal& a, const Decimal& b) {
    if (b.digits_ == 0) return {};
    // Eight decimals at least (FHIRPath 4.1.4); what is not needed falls away.
    constexpr int decimals = 8;
    const int lift = decimals + b.scale_ - a.scale_;
    Wide top = a.digits_;
    for (int i = 0; i < lift + 1; ++i)
        if (__builtin_mul_overflow(top, Wide{10}, &top)) return {};
    Wide digits = top / b.digits_;
    int scale = lift >= 0 ? decimals + 1 : a.scale_ - b.scale_;
    if (lift < -1) {
        // a has many more decimals than b: the plain quotient already has more than eight.
        digits = a.digits_ / b.digits_;
    } else if (lift == -1) {
        scale = decimals + 1;
    }
    auto result = Decimal::make(digits, scale);
    if (!result) return {};
    result = result->rounded(std::min(scale, decimals));
    while (result->scale_ > 0 && result->digits_ % 10 == 0) {
        result->digits_ /= 10;
        --result->scale_;
    }
    return result;
}

std::optional<Decimal> quotient(const Decimal& a, const Decimal& b) {
    const int scale = std::max(a.scale_, b.scale_);
    const auto x = a.at_scale(scale);
    const auto y = b.at_scale(scale);
    if (!x || !y || *y == 0) return {};
    return Decimal::make(*x / *y, 0);
}

std::optional<Decimal> remainder(const Decimal& a, const Decimal& b) {
    const int scale = std::max(a.scale_, b.scale_);
    const auto x = a.at_scale(scale);
    const auto y = b.at_scale(scale);
    if (!x || !y || *y == 0) return {};
    return Decimal::make(*x % *y, scale);
}

}  // namespace fhir::path
