// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/calendar.h"

#include <algorithm>
#include <chrono>
#include <fmt/format.h>

namespace fhir::path {

namespace {

using Precision = Temporal::Precision;

struct Unit {
    std::string_view word;
    std::string_view code;
    std::int64_t micros;  // 0: counted in months
    std::int64_t months;
};

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t day_length = 86'400 * second;
constexpr Unit units[] = {{"year", "", 0, 12},           {"month", "", 0, 1},       {"week", "wk", 7 * day_length, 0},
                          {"day", "d", day_length, 0},   {"hour", "h", 3'600 * second, 0}, {"minute", "min", 60 * second, 0},
                          {"second", "s", second, 0},    {"millisecond", "ms", 1'000, 0}};

const Unit* find_unit(std::string_view name) {
    std::string_view word = name;
    if (word.size() > 3 && word.ends_with('s')) word.remove_suffix(1);
    for (const Unit& unit : units)
        if (unit.word == word || (!unit.code.empty() && unit.code == name)) return &unit;
    return nullptr;
}

std::optional<Temporal> plus_months(Temporal moment, std::int64_t months) {
    const std::int64_t total = moment.year * 12LL + moment.month - 1 + months;
    if (total < 12 || total >= 10'000 * 12) return {};
    moment.year = static_cast<int>(total / 12);
    moment.month = static_cast<int>(total % 12) + 1;
    const std::chrono::year_month_day_last last{std::chrono::year{moment.year},
                                                std::chrono::month_day_last{std::chrono::month{static_cast<unsigned>(moment.month)}}};
    moment.day = std::min(moment.day, static_cast<int>(static_cast<unsigned>(last.day())));
    return moment;
}

void set_clock(Temporal& moment, std::int64_t of_day) {
    moment.hour = static_cast<int>(of_day / (3'600 * second));
    moment.minute = static_cast<int>(of_day / (60 * second) % 60);
    moment.second = static_cast<int>(of_day / second % 60);
    moment.micro = static_cast<int>(of_day % second);
    if (moment.precision == Precision::second && moment.micro != 0) {
        moment.precision = Precision::fraction;
        moment.fraction_digits = 3;
    }
}

std::int64_t clock(const Temporal& moment) {
    return (moment.hour * 3'600LL + moment.minute * 60LL + moment.second) * second + moment.micro;
}

// The length of one unit of a precision; what is shorter is cut off.
std::int64_t grain(Precision precision) {
    switch (precision) {
        case Precision::hour: return 3'600 * second;
        case Precision::minute: return 60 * second;
        case Precision::second:
        case Precision::fraction: return 1;
        default: return day_length;
    }
}

}  // namespace

std::optional<Temporal> plus(const Temporal& date_time, std::int64_t amount, std::string_view name) {
    const Unit* unit = find_unit(name);
    // Ten thousand years in milliseconds are fewer than this.
    if (!unit || amount > 400'000'000'000'000 || amount < -400'000'000'000'000) return {};
    if (unit->months != 0) {
        if (amount > 200'000 || amount < -200'000) return {};
        std::int64_t months = amount * unit->months;
        if (date_time.precision == Precision::year) months = months / 12 * 12;
        return plus_months(date_time, months);
    }
    std::int64_t distance = 0;
    if (__builtin_mul_overflow(amount, unit->micros, &distance)) return {};
    if (date_time.precision == Precision::year) return plus_months(date_time, distance / day_length / 365 * 12);
    if (date_time.precision == Precision::month) return plus_months(date_time, distance / day_length / 30);
    distance = distance / grain(date_time.precision) * grain(date_time.precision);

    const std::int64_t since = clock(date_time) + distance % day_length;
    std::int64_t days = base::days_from_civil(date_time.year, date_time.month, date_time.day) + distance / day_length;
    days += since < 0 ? -1 : since / day_length;
    if (days < base::days_from_civil(1, 1, 1) || days > base::days_from_civil(9999, 12, 31)) return {};
    const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
    Temporal result = date_time;
    result.year = static_cast<int>(date.year());
    result.month = static_cast<int>(static_cast<unsigned>(date.month()));
    result.day = static_cast<int>(static_cast<unsigned>(date.day()));
    set_clock(result, (since % day_length + day_length) % day_length);
    return result;
}

std::optional<Temporal> plus_time(const Temporal& time, std::int64_t amount, std::string_view name) {
    const Unit* unit = find_unit(name);
    std::int64_t distance = 0;
    if (!unit || unit->months != 0 || __builtin_mul_overflow(amount, unit->micros, &distance)) return {};
    distance = distance / grain(time.precision) * grain(time.precision) % day_length;
    Temporal result = time;
    set_clock(result, (clock(time) + distance + day_length) % day_length);
    return result;
}

std::string spelled(const Temporal& moment, bool time_only) {
    std::string text;
    const Precision precision = moment.precision;
    if (!time_only) {
        text = fmt::format("{:04}", moment.year);
        if (precision >= Precision::month) text += fmt::format("-{:02}", moment.month);
        if (precision >= Precision::day) text += fmt::format("-{:02}", moment.day);
        if (precision < Precision::hour) return text;
        text += 'T';
    }
    text += fmt::format("{:02}", moment.hour);
    if (precision >= Precision::minute) text += fmt::format(":{:02}", moment.minute);
    if (precision >= Precision::second) text += fmt::format(":{:02}", moment.second);
    if (precision == Precision::fraction)
        text += '.' + fmt::format("{:06}", moment.micro).substr(0, static_cast<std::size_t>(std::clamp(moment.fraction_digits, 1, 6)));
    if (!moment.has_zone) return text;
    if (moment.zone == 0) return text + 'Z';
    const int zone = moment.zone < 0 ? -moment.zone : moment.zone;
    return text + fmt::format("{}{:02}:{:02}", moment.zone < 0 ? '-' : '+', zone / 60, zone % 60);
}

}  // namespace fhir::path
