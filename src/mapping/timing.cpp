// SPDX-License-Identifier: Apache-2.0
#include "mapping/timing.h"

#include "base/text.h"
#include "mapping/convert.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>

namespace mapping {

namespace {

bool digits(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string upper(std::string_view text) {
    std::string made(text);
    for (char& c : made)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return made;
}

std::optional<int> small(std::string_view text) {
    if (!digits(text) || text.size() > 4) return std::nullopt;
    const auto value = base::to_integer(text);
    if (!value || *value < 1) return std::nullopt;
    return static_cast<int>(*value);
}

std::string_view letter_unit(char letter) {
    switch (letter) {
        case 'S': return "s";
        case 'M': return "min";
        case 'H': return "h";
        case 'D': return "d";
        case 'W': return "wk";
        case 'L': return "mo";
        default: return {};
    }
}

// Whole seconds of an amount; nothing when it is no number, is too long to be meant, or has no fixed length.
std::optional<std::int64_t> seconds_of(std::string_view amount, std::string_view unit) {
    const std::int64_t one = unit == "s" ? 1 : unit == "min" ? 60 : unit == "h" ? 3600 : unit == "d" ? 86400 : unit == "wk" ? 604800 : 0;
    const auto decimal = to_decimal(amount);
    if (one == 0 || !decimal || (*decimal)[0] == '-') return std::nullopt;
    const auto [whole, fraction] = base::cut(*decimal, '.');
    if (whole.size() > 6 || fraction.size() > 6) return std::nullopt;
    std::int64_t total = base::to_integer(whole).value_or(0) * one;
    std::int64_t tenth = 1;
    for (std::size_t i = 0; i < fraction.size(); ++i) tenth *= 10;
    if (!fraction.empty()) total += base::to_integer(fraction).value_or(0) * one / tenth;
    return total;
}

}  // namespace

std::optional<RepeatPattern> repeat_pattern(std::string_view code) {
    const std::string text = upper(base::trim(code));
    struct Known {
        std::string_view code;
        RepeatPattern pattern;
    };
    static constexpr std::array<Known, 15> known{{{"BID", {2, 1, "d"}},
                                                  {"TID", {3, 1, "d"}},
                                                  {"QID", {4, 1, "d"}},
                                                  {"QD", {1, 1, "d"}},
                                                  {"QDAY", {1, 1, "d"}},
                                                  {"DAILY", {1, 1, "d"}},
                                                  {"QAM", {1, 1, "d"}},
                                                  {"QPM", {1, 1, "d"}},
                                                  {"QHS", {1, 1, "d"}},
                                                  {"QOD", {1, 2, "d"}},
                                                  {"QSHIFT", {3, 1, "d"}},
                                                  {"QH", {1, 1, "h"}},
                                                  {"QHR", {1, 1, "h"}},
                                                  {"QW", {1, 1, "wk"}},
                                                  {"QMONTH", {1, 1, "mo"}}}};
    for (const Known& one : known)
        if (one.code == text) return one.pattern;
    if (text.size() >= 3 && text.ends_with("ID"))
        if (const auto times = small(std::string_view(text).substr(0, text.size() - 2))) return RepeatPattern{*times, 1, "d"};
    if (text.size() < 3 || text[0] != 'Q') return std::nullopt;
    std::size_t end = 1;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
    const auto every = small(std::string_view(text).substr(1, end - 1));
    if (!every || end == text.size()) return std::nullopt;
    const std::string_view rest = std::string_view(text).substr(end);
    if (rest[0] == 'J' && digits(rest.substr(1))) return RepeatPattern{1, *every, "wk"};
    const std::string_view unit = rest.size() == 1 ? letter_unit(rest[0]) : time_unit(rest);
    if (unit.empty() || unit == "a") return std::nullopt;
    return RepeatPattern{1, *every, unit};
}

std::string_view time_unit(std::string_view name) {
    const std::string text = upper(base::trim(name));
    struct Known {
        std::string_view name, unit;
    };
    static constexpr std::array<Known, 33> known{{{"S", "s"},      {"SEC", "s"},    {"SECS", "s"},    {"SECOND", "s"}, {"SECONDS", "s"}, {"MIN", "min"},
                                                  {"MINS", "min"}, {"MINUTE", "min"}, {"MINUTES", "min"}, {"M", "min"},  {"H", "h"},       {"HR", "h"},
                                                  {"HRS", "h"},    {"HOUR", "h"},   {"HOURS", "h"},   {"D", "d"},      {"DAY", "d"},     {"DAYS", "d"},
                                                  {"DY", "d"},     {"WK", "wk"},    {"WKS", "wk"},    {"W", "wk"},     {"WEEK", "wk"},   {"WEEKS", "wk"},
                                                  {"MO", "mo"},    {"MON", "mo"},   {"MONTH", "mo"},  {"MONTHS", "mo"}, {"L", "mo"},      {"A", "a"},
                                                  {"ANN", "a"},    {"YR", "a"},     {"YEAR", "a"}}};
    for (const Known& one : known)
        if (one.name == text) return one.unit;
    return text == "YEARS" ? "a" : std::string_view{};
}

std::optional<Span> span(std::string_view text) {
    text = base::trim(text);
    if (text.empty()) return std::nullopt;
    const std::string first = upper(text.substr(0, 1));
    if (const std::string_view unit = letter_unit(first[0]); !unit.empty() && digits(text.substr(1))) {
        const auto amount = to_decimal(text.substr(1));
        if (!amount) return std::nullopt;
        return Span{*amount, unit};
    }
    std::size_t end = 0;
    while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == '.')) ++end;
    const auto amount = to_decimal(text.substr(0, end));
    const std::string_view unit = time_unit(text.substr(end));
    if (!amount || unit.empty()) return std::nullopt;
    return Span{*amount, unit};
}

std::optional<std::string> span_times(std::string_view text) {
    text = base::trim(text);
    if (text.size() < 2 || (text[0] != 'X' && text[0] != 'x') || !small(text.substr(1))) return std::nullopt;
    return to_decimal(text.substr(1));
}

std::optional<std::string> minutes(std::string_view text) {
    const auto [amount, name] = base::cut(base::trim(text), ' ');
    const std::string_view unit = base::trim(name).empty() ? "min" : time_unit(name);
    const auto total = seconds_of(amount, unit);
    if (!total || *total < 60 || *total % 60 != 0) return std::nullopt;
    return std::to_string(*total / 60);
}

std::optional<std::string> later(std::string_view text, std::string_view zone) {
    const auto [when, rest] = base::cut(base::trim(text), ' ');
    const auto [amount, name] = base::cut(base::trim(rest), ' ');
    const std::string_view unit = base::trim(name).empty() ? "min" : time_unit(name);
    const auto shift = seconds_of(amount, unit);
    const auto from = to_instant(when, zone);
    if (!shift || !from || from->size() < 19) return std::nullopt;
    // YYYY-MM-DDThh:mm:ss and behind it the fraction and the zone, which stay.
    const auto part = [&](std::size_t at, std::size_t length) { return static_cast<int>(base::to_integer(from->substr(at, length)).value_or(0)); };
    namespace chrono = std::chrono;
    const chrono::sys_days day = chrono::year(part(0, 4)) / chrono::month(static_cast<unsigned>(part(5, 2))) / chrono::day(static_cast<unsigned>(part(8, 2)));
    const std::int64_t second = std::int64_t{day.time_since_epoch().count()} * 86400 + part(11, 2) * 3600 + part(14, 2) * 60 + part(17, 2) + *shift;
    const std::int64_t days = second >= 0 ? second / 86400 : (second - 86399) / 86400;
    const int of_day = static_cast<int>(second - days * 86400);
    const chrono::year_month_day date{chrono::sys_days{chrono::days{days}}};
    const int year = static_cast<int>(date.year());
    if (year < 1 || year > 9999) return std::nullopt;
    std::array<char, 40> made{};
    std::snprintf(made.data(), made.size(), "%04d-%02u-%02uT%02d:%02d:%02d", year, static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  of_day / 3600, of_day / 60 % 60, of_day % 60);
    return std::string(made.data()) + from->substr(19);
}

}  // namespace mapping
