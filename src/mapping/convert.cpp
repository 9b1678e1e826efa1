// SPDX-License-Identifier: Apache-2.0
#include "mapping/convert.h"

#include "base/text.h"
#include "mapping/timing.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mapping {

namespace {

constexpr std::pair<std::string_view, Conversion> names[] = {
    {"text", Conversion::text},           {"date", Conversion::date},
    {"dateTime", Conversion::date_time},  {"instant", Conversion::instant},
    {"time", Conversion::time},           {"decimal", Conversion::decimal},
    {"integer", Conversion::integer},     {"positiveInt", Conversion::positive_int},
    {"unsignedInt", Conversion::unsigned_int}, {"boolean", Conversion::boolean},
    {"base64", Conversion::base64},       {"hex64", Conversion::hex64},
    {"plain64", Conversion::plain64},     {"uri", Conversion::uri},
    {"lines", Conversion::lines},         {"number-part", Conversion::number_part},
    {"comparator", Conversion::comparator}, {"low", Conversion::low},
    {"high", Conversion::high},           {"id-system", Conversion::id_system},
    {"tail-system", Conversion::tail_system},
    {"sampled", Conversion::sampled},     {"code-system", Conversion::code_system}, {"slug", Conversion::slug},
    {"later", Conversion::later},         {"minutes", Conversion::minutes},
    {"frequency", Conversion::frequency}, {"period", Conversion::period},
    {"period-unit", Conversion::period_unit}, {"span", Conversion::span},
    {"span-unit", Conversion::span_unit}, {"span-times", Conversion::span_times},
    {"span-unit-name", Conversion::span_unit_name}, {"gathered", Conversion::gathered},
    {"gathered64", Conversion::gathered64},
};

bool digit(char c) { return c >= '0' && c <= '9'; }

bool digits(std::string_view text) { return std::all_of(text.begin(), text.end(), digit); }

int number(std::string_view text) {
    int value = 0;
    for (char c : text) value = value * 10 + (c - '0');
    return value;
}

int days_in(int year, int month) {
    constexpr int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

// "+0200" at `text` as "+02:00".
std::optional<std::string> zone_text(std::string_view text) {
    if (text.size() != 5 || (text[0] != '+' && text[0] != '-') || !digits(text.substr(1))) return std::nullopt;
    const int hours = number(text.substr(1, 2)), minutes = number(text.substr(3, 2));
    if (minutes > 59 || hours > 14 || (hours == 14 && minutes > 0)) return std::nullopt;
    return std::string(text.substr(0, 3)) + ":" + std::string(text.substr(3, 2));
}

struct Moment {
    std::string date;       // "2020", "2020-05", "2020-05-08"
    std::string time;       // "", "13:00:00", "13:08:24.25"
    std::string zone;       // "", "+02:00"
};

// HH[MM[SS[.S+]]]
std::optional<std::string> clock_text(std::string_view text) {
    std::string_view fraction;
    if (const std::size_t dot = text.find('.'); dot != std::string_view::npos) {
        fraction = text.substr(dot + 1);
        text = text.substr(0, dot);
        if (fraction.empty() || fraction.size() > 9 || !digits(fraction) || text.size() != 6) return std::nullopt;
    }
    if ((text.size() != 2 && text.size() != 4 && text.size() != 6) || !digits(text)) return std::nullopt;
    const int hour = number(text.substr(0, 2));
    const int minute = text.size() >= 4 ? number(text.substr(2, 2)) : 0;
    const int second = text.size() == 6 ? number(text.substr(4, 2)) : 0;
    if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
    std::string made(text.substr(0, 2));
    made += ':';
    made += text.size() >= 4 ? text.substr(2, 2) : std::string_view("00");
    made += ':';
    made += text.size() == 6 ? text.substr(4, 2) : std::string_view("00");
    if (!fraction.empty()) (made += '.') += fraction;
    return made;
}

// YYYY[MM[DD[HH[MM[SS[.S+]]]]]][+/-ZZZZ]
std::optional<Moment> read_moment(std::string_view text) {
    text = base::trim(text);
    Moment moment;
    if (const std::size_t sign = text.find_first_of("+-"); sign != std::string_view::npos) {
        const auto zone = zone_text(text.substr(sign));
        if (!zone) return std::nullopt;
        moment.zone = *zone;
        text = text.substr(0, sign);
    }
    const std::string_view day = text.substr(0, std::min<std::size_t>(8, text.size()));
    if ((day.size() != 4 && day.size() != 6 && day.size() != 8) || !digits(day)) return std::nullopt;
    const int year = number(day.substr(0, 4));
    if (year == 0) return std::nullopt;
    moment.date = day.substr(0, 4);
    if (day.size() >= 6) {
        const int month = number(day.substr(4, 2));
        if (month < 1 || month > 12) return std::nullopt;
        (moment.date += '-') += day.substr(4, 2);
        if (day.size() == 8) {
            const int of_month = number(day.substr(6, 2));
            if (of_month < 1 || of_month > days_in(year, month)) return std::nullopt;
            (moment.date += '-') += day.substr(6, 2);
        }
    }
    if (text.size() > 8) {
        const auto clock = clock_text(text.substr(8));
        if (!clock) return std::nullopt;
        moment.time = *clock;
    }
    return moment;
}

struct Compared {
    std::string comparator;
    std::string number;
};

std::string_view without_comparator(std::string_view text, std::string& comparator) {
    text = base::trim(text);
    for (const auto& [sign, code] : {std::pair<std::string_view, std::string_view>{"<=", "<="}, {">=", ">="}, {"\xE2\x89\xA4", "<="},
                                     {"\xE2\x89\xA5", ">="}, {"<", "<"}, {">", ">"}})
        if (text.starts_with(sign)) {
            comparator = code;
            return base::trim(text.substr(sign.size()));
        }
    return text;
}

// A reference range: "a - b", "a to b", "< b", "> a", each perhaps in brackets.
std::optional<std::string> bound(std::string_view text, bool low) {
    text = base::trim(text);
    if (text.size() >= 2 && ((text.front() == '[' && text.back() == ']') || (text.front() == '(' && text.back() == ')')))
        text = base::trim(text.substr(1, text.size() - 2));
    std::string comparator;
    const std::string_view rest = without_comparator(text, comparator);
    if (!comparator.empty()) return (comparator[0] == '>') == low ? to_decimal(rest) : std::nullopt;
    // A dash may be the sign of the first number: look behind its first digit.
    std::size_t dash = text.find('-', 1);
    while (dash != std::string_view::npos && !digit(base::trim(text.substr(0, dash)).empty() ? ' ' : base::trim(text.substr(0, dash)).back()))
        dash = text.find('-', dash + 1);
    if (dash == std::string_view::npos) return std::nullopt;
    const auto from = to_decimal(base::trim(text.substr(0, dash)));
    const auto to = to_decimal(base::trim(text.substr(dash + 1)));
    if (!from || !to) return std::nullopt;  // half a range would be a wrong range
    return low ? from : to;
}

std::optional<std::string> whole(std::string_view text, std::int64_t least) {
    const auto decimal = to_decimal(text);
    if (!decimal || decimal->find_first_of(".eE") != std::string::npos) return std::nullopt;
    const auto value = base::to_integer(*decimal);
    if (!value || *value < least || *value > 2147483647) return std::nullopt;
    return decimal;
}

std::optional<std::string> from_hex(std::string_view text) {
    std::string bytes;
    int half = -1;
    for (char c : text) {
        if (c == ' ' || c == '\r' || c == '\n') continue;
        const int value = digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (value < 0) return std::nullopt;
        if (half < 0) half = value;
        else {
            bytes += static_cast<char>(half * 16 + value);
            half = -1;
        }
    }
    if (half >= 0) return std::nullopt;
    return base::base64_encode(bytes);
}

std::optional<std::string> checked64(std::string_view text) {
    std::string packed;
    packed.reserve(text.size());
    for (char c : text)
        if (c != ' ' && c != '\r' && c != '\n' && c != '\t') packed += c;
    while (packed.size() % 4 != 0 && packed.size() % 4 != 1) packed += '=';
    if (!base::is_base64(packed)) return std::nullopt;
    return packed;
}

}  // namespace

std::optional<Conversion> find_conversion(std::string_view name) {
    for (const auto& [text, conversion] : names)
        if (text == name) return conversion;
    return std::nullopt;
}

std::optional<std::string> to_date(std::string_view v2) {
    auto moment = read_moment(v2);
    if (!moment) return std::nullopt;
    return std::move(moment->date);
}

std::optional<std::string> to_date_time(std::string_view v2, std::string_view zone) {
    auto moment = read_moment(v2);
    if (!moment) return std::nullopt;
    if (moment->time.empty()) return std::move(moment->date);
    std::string made = std::move(moment->date);
    (made += 'T') += moment->time;
    return moment->zone.empty() ? made += zone : made += moment->zone;
}

std::optional<std::string> to_instant(std::string_view v2, std::string_view zone) {
    auto moment = read_moment(v2);
    if (!moment || moment->date.size() != 10) return std::nullopt;
    std::string made = std::move(moment->date);
    (made += 'T') += moment->time.empty() ? "00:00:00" : moment->time;
    return moment->zone.empty() ? made += zone : made += moment->zone;
}

std::optional<std::string> to_time(std::string_view v2) {
    v2 = base::trim(v2);
    if (const std::size_t sign = v2.find_first_of("+-"); sign != std::string_view::npos) {
        if (!zone_text(v2.substr(sign))) return std::nullopt;
        v2 = v2.substr(0, sign);  // FHIR's time has no zone (FHIR R4 2.24.0.1)
    }
    return clock_text(v2);
}

std::optional<std::string> to_decimal(std::string_view v2) {
    v2 = base::trim(v2);
    std::string made;
    if (!v2.empty() && (v2[0] == '+' || v2[0] == '-')) {
        if (v2[0] == '-') made = "-";
        v2.remove_prefix(1);
    }
    const auto [whole_part, fraction] = base::cut(v2, '.');
    const bool dotted = v2.find('.') != std::string_view::npos;
    if (!digits(whole_part) || !digits(fraction) || (whole_part.empty() && fraction.empty())) return std::nullopt;
    std::string_view kept = whole_part;
    while (kept.size() > 1 && kept[0] == '0') kept.remove_prefix(1);
    made += kept.empty() ? std::string_view("0") : kept;
    if (dotted && !fraction.empty()) (made += '.') += fraction;
    if (made.size() > 64) return std::nullopt;
    return made;
}

std::optional<std::string> zone_of(std::string_view v2) {
    const std::size_t sign = v2.find_first_of("+-");
    return sign == std::string_view::npos ? std::nullopt : zone_text(base::trim(v2.substr(sign)));
}

std::optional<std::string> convert(Conversion conversion, std::string_view text, std::string_view zone) {
    switch (conversion) {
        case Conversion::date: return to_date(text);
        case Conversion::date_time: return to_date_time(text, zone);
        case Conversion::instant: return to_instant(text, zone);
        case Conversion::time: return to_time(text);
        case Conversion::decimal: return to_decimal(text);
        case Conversion::integer: return whole(text, -2147483647);
        case Conversion::positive_int: return whole(text, 1);
        case Conversion::unsigned_int: return whole(text, 0);
        case Conversion::boolean:
            if (text == "Y" || text == "y") return "true";
            if (text == "N" || text == "n") return "false";
            return std::nullopt;
        case Conversion::base64: return base::base64_encode(text);
        case Conversion::hex64: return from_hex(text);
        case Conversion::plain64: return checked64(text);
        case Conversion::uri:
            if (text.empty() || text.find(' ') != std::string_view::npos) return std::nullopt;
            return std::string(text);
        case Conversion::number_part: {
            std::string comparator;
            return to_decimal(without_comparator(text, comparator));
        }
        case Conversion::comparator: {
            std::string comparator;
            if (!to_decimal(without_comparator(text, comparator)) || comparator.empty()) return std::nullopt;
            return comparator;
        }
        case Conversion::low: return bound(text, true);
        case Conversion::high: return bound(text, false);
        case Conversion::slug: {
            std::string made;
            for (char c : base::trim(text)) made += c == ' ' || c == '\n' || c == '\t' || c == '\r' ? '-' : c;
            return made;
        }
        case Conversion::later: return later(text, zone);
        case Conversion::minutes: return minutes(text);
        case Conversion::frequency: case Conversion::period: case Conversion::period_unit: {
            const auto pattern = repeat_pattern(text);
            if (!pattern) return std::nullopt;
            return conversion == Conversion::frequency ? std::to_string(pattern->frequency)
                   : conversion == Conversion::period  ? std::to_string(pattern->period)
                                                       : std::string(pattern->unit);
        }
        case Conversion::span: case Conversion::span_unit: {
            const auto found = span(text);
            if (!found) return std::nullopt;
            return conversion == Conversion::span ? found->amount : std::string(found->unit);
        }
        case Conversion::span_times: return span_times(text);
        case Conversion::span_unit_name: {
            const std::string_view unit = time_unit(text);
            if (unit.empty()) return std::nullopt;
            return std::string(unit);
        }
        case Conversion::sampled: {
            std::string made;
            for (std::string_view part : base::split(text, '^')) {
                const auto number_text = to_decimal(part);
                if (!number_text) return std::nullopt;
                if (!made.empty()) made += ' ';
                made += *number_text;
            }
            return made;
        }
        case Conversion::tail_system: case Conversion::text: case Conversion::lines: case Conversion::id_system: case Conversion::code_system:
        case Conversion::gathered: case Conversion::gathered64: break;
    }
    return std::string(text);
}

}  // namespace mapping
