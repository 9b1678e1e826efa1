// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/boundary.h"

#include "fhir/path/calendar.h"
#include "fhir/path/decimal.h"

#include <chrono>

namespace fhir::path {

namespace {

using Precision = Temporal::Precision;

constexpr int most_decimals = 28;

std::string grown(std::string text, int have, int want) {
    if (want <= have) return text;
    if (have == 0) text += '.';
    return text.append(static_cast<std::size_t>(want - have), '0');
}

// Of a positive number: the lower bound is cut off, the upper one rounded half up.
std::optional<std::string> positive_boundary(const Decimal& number, bool high, int digits) {
    const auto half = Decimal::parse("0." + std::string(static_cast<std::size_t>(number.decimals()), '0') + "5");
    const auto bound = half ? add(number, high ? *half : half->negated()) : std::nullopt;
    if (!bound) return {};
    if (bound->decimals() <= digits) return grown(bound->text(), bound->decimals(), digits);
    if (high) return bound->rounded(digits).text();
    const std::string text = bound->text();
    const std::size_t point = text.find('.');
    return text.substr(0, digits == 0 ? point : point + 1 + static_cast<std::size_t>(digits));
}

std::optional<Precision> precision_of(int digits) {
    switch (digits) {
        case 4: return Precision::year;
        case 6: return Precision::month;
        case 8: return Precision::day;
        case 10: return Precision::hour;
        case 12: return Precision::minute;
        case 14: return Precision::second;
        case 17: return Precision::fraction;
        default: return {};
    }
}

// Fills what was not said. An hour alone is read as its first minute, as the published examples have it.
Temporal filled(Temporal moment, bool high) {
    const Precision said = moment.precision;
    if (said < Precision::month) moment.month = high ? 12 : 1;
    if (said < Precision::day) {
        const std::chrono::year_month_day_last last{std::chrono::year{moment.year},
                                                    std::chrono::month_day_last{std::chrono::month{static_cast<unsigned>(moment.month)}}};
        moment.day = high ? static_cast<int>(static_cast<unsigned>(last.day())) : 1;
    }
    if (said < Precision::hour) moment.hour = high ? 23 : 0;
    if (said < Precision::minute) moment.minute = high && said < Precision::hour ? 59 : 0;
    if (said < Precision::second) moment.second = high ? 59 : 0;
    if (said < Precision::fraction) moment.micro = high ? 999'000 : 0;
    else moment.micro = moment.micro / 1000 * 1000 + (high && moment.fraction_digits < 3 ? (moment.fraction_digits == 1 ? 99'000 : 9'000) : 0);
    moment.fraction_digits = 3;
    return moment;
}

}  // namespace

std::optional<std::string> decimal_boundary(std::string_view text, bool high, int digits) {
    if (digits < 0 || digits > most_decimals) return {};
    const auto number = Decimal::parse(text);
    if (!number) return {};
    if (!number->negative() && !(*number == Decimal::of(0))) return positive_boundary(*number, high, digits);
    if (*number == Decimal::of(0)) {
        auto bound = positive_boundary(*number, true, digits);
        return bound && !high ? "-" + *bound : bound;
    }
    const auto bound = positive_boundary(number->negated(), !high, digits);
    return bound ? std::optional("-" + *bound) : std::nullopt;
}

std::optional<std::string> date_time_boundary(const Temporal& moment, bool high, int digits) {
    const auto wanted = precision_of(digits);
    if (!wanted) return {};
    Temporal bound = filled(moment, high);
    bound.precision = *wanted;
    if (*wanted < Precision::hour) bound.has_zone = false;
    else if (!moment.has_zone) {
        bound.has_zone = true;
        bound.zone = (high ? -12 : 14) * 60;
    }
    return spelled(bound, false);
}

std::optional<std::string> time_boundary(const Temporal& moment, bool high, int digits) {
    const auto wanted = digits >= 2 && digits <= 9 ? precision_of(digits + 8) : std::nullopt;
    if (!wanted) return {};
    Temporal bound = filled(moment, high);
    bound.precision = *wanted;
    return spelled(bound, true);
}

int decimal_precision(std::string_view number) {
    const std::size_t point = number.find('.');
    if (point == std::string_view::npos) return 0;
    return static_cast<int>(number.find_first_not_of("0123456789", point + 1) == std::string_view::npos
                                ? number.size() - point - 1
                                : number.find_first_not_of("0123456789", point + 1) - point - 1);
}

int time_precision(const Temporal& moment) {
    switch (moment.precision) {
        case Precision::hour: return 2;
        case Precision::minute: return 4;
        case Precision::second: return 6;
        default: return 6 + moment.fraction_digits;
    }
}

int date_time_precision(const Temporal& moment) {
    switch (moment.precision) {
        case Precision::year: return 4;
        case Precision::month: return 6;
        case Precision::day: return 8;
        default: return 8 + time_precision(moment);
    }
}

}  // namespace fhir::path
