// SPDX-License-Identifier: Apache-2.0
#include "fhir/primitive.h"

#include <algorithm>
#include <array>

namespace fhir::primitive {

namespace {

constexpr bool digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool all_digits(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), digit); }

// -?(0|[1-9][0-9]*)
bool is_whole(std::string_view text) { return all_digits(text) && (text[0] != '0' || text.size() == 1); }

// Both without leading zeros.
bool at_most(std::string_view digits, std::string_view limit) {
    return digits.size() < limit.size() || (digits.size() == limit.size() && digits <= limit);
}

constexpr bool leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int days_in(int year, int month) {
    constexpr std::array<int, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && leap(year) ? 29 : days[static_cast<std::size_t>(month - 1)];
}

// Reads along a text; each step says whether it fit.
class Cursor {
public:
    explicit Cursor(std::string_view rest) : rest_(rest) {}

    bool ended() const { return rest_.empty(); }
    bool take(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }
    bool number(std::size_t digits, int low, int high, int& value) {
        if (rest_.size() < digits || !all_digits(rest_.substr(0, digits))) return false;
        value = 0;
        for (const char c : rest_.substr(0, digits)) value = value * 10 + (c - '0');
        rest_.remove_prefix(digits);
        return value >= low && value <= high;
    }
    // Digits behind a decimal point, as millionths.
    bool fraction(int& micros, int& digits) {
        digits = 0;
        micros = 0;
        int unit = 100'000;
        while (!rest_.empty() && digit(rest_[0])) {
            micros += (rest_[0] - '0') * unit;
            unit /= 10;
            if (digits < 1000) ++digits;
            rest_.remove_prefix(1);
        }
        return digits > 0;
    }

private:
    std::string_view rest_;
};

bool parse_seconds(Cursor& at, Moment& moment) {
    if (!at.number(2, 0, 60, moment.second)) return false;
    moment.precision = Precision::second;
    if (!at.take('.')) return true;
    moment.precision = Precision::fraction;
    return at.fraction(moment.micros, moment.fraction_digits);
}

// (Z|[+-](0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)
bool parse_zone(Cursor& at, Moment& moment) {
    if (at.take('Z')) {
        moment.zone = 0;
        return true;
    }
    const bool west = at.take('-');
    if (!west && !at.take('+')) return false;
    int hours = 0;
    int minutes = 0;
    if (!at.number(2, 0, 14, hours) || !at.take(':') || !at.number(2, 0, hours == 14 ? 0 : 59, minutes)) return false;
    moment.zone = (west ? -1 : 1) * (hours * 60 + minutes);
    return true;
}

constexpr base::Micros second = 1'000'000;

base::Micros start_of(int year, int month, int day) {
    return base::days_from_civil(year, month, day) * 86'400 * second;
}

}  // namespace

bool is_boolean(std::string_view text) { return text == "true" || text == "false"; }

bool is_integer(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    return is_whole(text) && at_most(text, negative ? "2147483648" : "2147483647");
}

bool is_unsigned_int(std::string_view text) { return is_whole(text) && at_most(text, "2147483647"); }

bool is_positive_int(std::string_view text) { return is_unsigned_int(text) && text != "0"; }

bool is_decimal(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    const std::size_t mark = text.find_first_of("eE");
    const std::string_view mantissa = text.substr(0, mark);
    const std::size_t point = mantissa.find('.');
    const std::string_view whole = mantissa.substr(0, point);
    if (!is_whole(whole)) return false;
    if (point != std::string_view::npos && !all_digits(mantissa.substr(point + 1))) return false;
    std::int64_t exponent = 0;
    if (mark != std::string_view::npos) {
        std::string_view power = text.substr(mark + 1);
        const bool negative = power.starts_with('-');
        if (negative || power.starts_with('+')) power.remove_prefix(1);
        if (!all_digits(power)) return false;
        for (const char c : power) exponent = std::min<std::int64_t>(exponent * 10 + (c - '0'), 1'000'000'000);
        if (negative) exponent = -exponent;
    }
    // The power of ten of the first digit that is not 0.
    const std::size_t first = mantissa.find_first_of("123456789");
    if (first == std::string_view::npos) return true;
    const auto length = static_cast<std::int64_t>(whole.size());
    const auto place = static_cast<std::int64_t>(first);
    return exponent + (place < length ? length - 1 - place : length - place) <= 308;
}

bool is_string(std::string_view text) {
    return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r';
    });
}

bool is_code(std::string_view text) {
    if (text.empty()) return false;
    bool after_space = true;
    for (const char c : text) {
        if (space(c) && after_space) return false;
        after_space = space(c);
    }
    return !after_space && is_string(text);
}

bool is_id(std::string_view text) {
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
        return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
    });
}

bool is_uri(std::string_view text) { return is_string(text) && std::none_of(text.begin(), text.end(), space); }

bool is_oid(std::string_view text) {
    constexpr std::string_view start = "urn:oid:";
    if (!text.starts_with(start)) return false;
    text.remove_prefix(start.size());
    if (text.size() < 3 || text[0] < '0' || text[0] > '2' || text[1] != '.') return false;
    text.remove_prefix(2);
    while (true) {
        const std::size_t dot = text.find('.');
        if (!is_whole(text.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        text.remove_prefix(dot + 1);
    }
}

bool is_uuid(std::string_view text) {
    constexpr std::string_view shape = "urn:uuid:hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
    if (text.size() != shape.size() || !text.starts_with("urn:uuid:")) return false;
    for (std::size_t i = 9; i < shape.size(); ++i) {
        const char c = text[i];
        if (shape[i] == 'h' ? !(digit(c) || (c >= 'a' && c <= 'f')) : c != '-') return false;
    }
    return true;
}

bool is_base64(std::string_view text) {
    std::size_t in_group = 0;
    std::size_t groups = 0;
    int pads = 0;
    for (const char c : text) {
        if (space(c)) {
            if (in_group != 0) return false;
            continue;
        }
        if (in_group == 0 && pads > 0) return false;  // padding ends the text
        if (c == '=') {
            if (in_group < 2) return false;
            ++pads;
        } else if (pads > 0 ||
                   !(digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '/')) {
            return false;
        }
        in_group = (in_group + 1) % 4;
        if (in_group == 0) ++groups;
    }
    return in_group == 0 && groups > 0;
}

std::optional<Moment> parse_moment(std::string_view text) {
    Moment moment;
    Cursor at(text);
    if (!at.number(4, 1, 9999, moment.year)) return std::nullopt;
    if (at.ended()) return moment;
    if (!at.take('-') || !at.number(2, 1, 12, moment.month)) return std::nullopt;
    moment.precision = Precision::month;
    if (at.ended()) return moment;
    if (!at.take('-') || !at.number(2, 1, days_in(moment.year, moment.month), moment.day)) return std::nullopt;
    moment.precision = Precision::day;
    if (at.ended()) return moment;
    if (!at.take('T') || !at.number(2, 0, 23, moment.hour) || !at.take(':') || !at.number(2, 0, 59, moment.minute))
        return std::nullopt;
    moment.precision = Precision::minute;
    if (at.take(':') && !parse_seconds(at, moment)) return std::nullopt;
    if (at.ended()) return moment;
    if (!parse_zone(at, moment) || !at.ended()) return std::nullopt;
    return moment;
}

bool is_date(std::string_view text) {
    const auto moment = parse_moment(text);
    return moment && moment->precision <= Precision::day;
}

bool is_date_time(std::string_view text) {
    const auto moment = parse_moment(text);
    if (!moment) return false;
    return moment->precision <= Precision::day || (moment->precision >= Precision::second && moment->zone);
}

bool is_instant(std::string_view text) {
    const auto moment = parse_moment(text);
    return moment && moment->precision >= Precision::second && moment->zone;
}

bool is_time(std::string_view text) {
    Moment moment;
    Cursor at(text);
    return at.number(2, 0, 23, moment.hour) && at.take(':') && at.number(2, 0, 59, moment.minute) && at.take(':') &&
           parse_seconds(at, moment) && at.ended();
}

Interval interval(const Moment& moment) {
    const base::Micros from =
        start_of(moment.year, moment.month, moment.day) +
        ((moment.hour * 60LL + moment.minute - moment.zone.value_or(0)) * 60 + moment.second) * second + moment.micros;
    switch (moment.precision) {
        case Precision::year: return {from, start_of(moment.year + 1, 1, 1)};
        case Precision::month: return {from, from + days_in(moment.year, moment.month) * 86'400 * second};
        case Precision::day: return {from, from + 86'400 * second};
        case Precision::minute: return {from, from + 60 * second};
        case Precision::second: return {from, from + second};
        case Precision::fraction: break;
    }
    base::Micros step = second;
    for (int i = 0; i < std::min(moment.fraction_digits, 6); ++i) step /= 10;
    return {from, from + step};
}

std::optional<Interval> interval(std::string_view text) {
    const auto moment = parse_moment(text);
    if (!moment) return std::nullopt;
    return interval(*moment);
}

}  // namespace fhir::primitive
