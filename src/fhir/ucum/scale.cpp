// SPDX-License-Identifier: Apache-2.0
#include "fhir/ucum/scale.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace fhir::ucum {

void Dimension::multiply(std::string_view code, int exponent) {
    if (exponent == 0) return;
    const auto at = std::lower_bound(powers_.begin(), powers_.end(), code, [](const auto& power, std::string_view wanted) { return power.first < wanted; });
    if (at == powers_.end() || at->first != code) powers_.insert(at, {code, exponent});
    else if ((at->second += exponent) == 0) powers_.erase(at);
}

void Dimension::multiply(const Dimension& other, int exponent) {
    for (const auto& [code, power] : other.powers_) multiply(code, power * exponent);
}

bool Dimension::too_large() const {
    return powers_.size() > 24 || std::any_of(powers_.begin(), powers_.end(), [](const auto& power) { return std::abs(power.second) > 9'999; });
}

std::string Dimension::text() const {
    std::string result;
    for (const auto& [code, power] : powers_) {
        if (!result.empty()) result += '.';
        result += code;
        if (power != 1) result += fmt::format("{}", power);
    }
    return result.empty() ? "1" : result;
}

std::optional<Ratio> Scale::to_base(const Ratio& value) const {
    if (special == nullptr) return value * factor;
    const auto in_proper = special->proper(value * factor);
    return in_proper ? std::optional(*in_proper * proper) : std::nullopt;
}

std::optional<Ratio> Scale::from_base(const Ratio& value) const {
    if (special == nullptr) return value / factor;
    const auto scaled = special->scaled(value / proper);
    return scaled ? std::optional(*scaled / factor) : std::nullopt;
}

// As a factor among others: a temperature as its interval; a logarithm as a thing of its own.
Scale Scale::plain() const {
    if (special == nullptr) return *this;
    Scale result;
    result.factor = factor;
    if (special->interval) {
        result.factor = factor * proper;
        result.dimension = dimension;
    } else {
        result.dimension.multiply(special_code, 1);
    }
    return result;
}

void Scale::multiply(const Scale& other, int exponent) {
    const bool number = special == nullptr && dimension.none(), other_number = other.special == nullptr && other.dimension.none();
    if (other.special != nullptr && exponent == 1 && number) {
        const Ratio before = factor;
        *this = other;
        factor = factor * before;
        return;
    }
    if (special != nullptr && !other_number) *this = plain();
    const Scale ratio = other.plain();
    factor = factor * power(ratio.factor, exponent);
    dimension.multiply(ratio.dimension, exponent);
}

}  // namespace fhir::ucum
