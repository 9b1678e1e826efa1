// SPDX-License-Identifier: Apache-2.0
#include "fhir/ucum/special.h"

#include <fmt/format.h>

#include <cmath>

namespace fhir::ucum {

namespace {

using Value = std::optional<Ratio>;

Ratio number(std::string_view text) { return Ratio::parse(text)->value; }

// A computed number, with three digits more than can be trusted.
Value computed(long double value) {
    if (!std::isfinite(value)) return std::nullopt;
    const auto written = Ratio::parse(fmt::format("{:.17e}", value));
    if (!written) return std::nullopt;
    Ratio result = written->value;
    result.rough = true;
    return result;
}

// f(x) = log_base(x) * factor, and its inverse.
template <int base, int factor>
Value power_of(const Ratio& value) {
    return computed(std::pow(static_cast<long double>(base), value.approximate() / factor));
}
template <int base, int factor>
Value log_of(const Ratio& value) {
    const long double x = value.approximate();
    if (!(x > 0)) return std::nullopt;
    return computed((base == 10 ? std::log10(x) : std::log(x) / std::log(static_cast<long double>(base))) * factor);
}

Value tangent(const Ratio& value) { return computed(std::tan(value.approximate()) * 100); }
Value arc_tangent(const Ratio& value) { return computed(std::atan(value.approximate() / 100)); }

// The offsets are in kelvin; a degree's size is in the definition of the unit (K, K/9 five times, K/4 five times).
Value kelvin_of_celsius(const Ratio& value) { return value + number("273.15"); }
Value celsius_of_kelvin(const Ratio& value) { return value - number("273.15"); }
Value rankine_of_fahrenheit(const Ratio& value) { return value + number("459.67"); }
Value fahrenheit_of_rankine(const Ratio& value) { return value - number("459.67"); }
Value absolute_of_reaumur(const Ratio& value) { return value + number("218.52"); }
Value reaumur_of_absolute(const Ratio& value) { return value - number("218.52"); }

constexpr Special table[] = {
    {"Cel", kelvin_of_celsius, celsius_of_kelvin, true},
    {"degF", rankine_of_fahrenheit, fahrenheit_of_rankine, true},
    {"degRe", absolute_of_reaumur, reaumur_of_absolute, true},
    {"pH", power_of<10, -1>, log_of<10, -1>, false},
    {"lg", power_of<10, 1>, log_of<10, 1>, false},
    {"lgTimes2", power_of<10, 2>, log_of<10, 2>, false},
    {"ln", [](const Ratio& x) { return computed(std::exp(x.approximate())); },
     [](const Ratio& x) { return x.negative || x.is_zero() ? std::nullopt : computed(std::log(x.approximate())); }, false},
    {"ld", power_of<2, 1>, log_of<2, 1>, false},
    {"hpX", power_of<10, -1>, log_of<10, -1>, false},
    {"hpC", power_of<100, -1>, log_of<100, -1>, false},
    {"hpM", power_of<1000, -1>, log_of<1000, -1>, false},
    {"hpQ", power_of<50000, -1>, log_of<50000, -1>, false},
    {"tanTimes100", arc_tangent, tangent, false},
    {"sqrt", [](const Ratio& x) { return Value(x * x); },
     [](const Ratio& x) { return x.negative ? std::nullopt : computed(std::sqrt(x.approximate())); }, false},
};

}  // namespace

const Special* find_special(std::string_view name) {
    for (const Special& special : table)
        if (special.name == name) return &special;
    return nullptr;
}

}  // namespace fhir::ucum
