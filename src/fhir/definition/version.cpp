// SPDX-License-Identifier: Apache-2.0
#include "fhir/definition/version.h"

#include "base/text.h"

#include <algorithm>

namespace fhir::definition {

namespace {

bool digit(char c) { return c >= '0' && c <= '9'; }

// 2018, 2018-08-12, 20180812
bool dated(std::string_view version) {
    if (version.size() < 4 || !(version.starts_with("19") || version.starts_with("20"))) return false;
    const std::string_view year = version.substr(0, 4);
    const bool digits = std::all_of(version.begin(), version.end(), [](char c) { return digit(c) || c == '-' || c == 'T' || c == ':'; });
    return digits && std::all_of(year.begin(), year.end(), digit) && (version.size() == 4 || version.size() >= 7);
}

// The next run of digits or of other characters.
std::string_view take_run(std::string_view& text) {
    const bool number = digit(text[0]);
    std::size_t end = 1;
    while (end < text.size() && digit(text[end]) == number) ++end;
    const std::string_view run = text.substr(0, end);
    text.remove_prefix(end);
    return run;
}

std::strong_ordering compare_numbers(std::string_view a, std::string_view b) {
    a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
    b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
    return a.size() != b.size() ? a.size() <=> b.size() : a <=> b;
}

// Natural order: what is shorter comes first, numbers before letters.
std::strong_ordering compare_naturally(std::string_view a, std::string_view b) {
    while (!a.empty() && !b.empty()) {
        const std::string_view one = take_run(a);
        const std::string_view other = take_run(b);
        const bool numbers = digit(one[0]) && digit(other[0]);
        const auto order = numbers ? compare_numbers(one, other) : one <=> other;
        if (order != 0) return order;
    }
    return a.size() <=> b.size();
}

}  // namespace

std::strong_ordering compare_versions(std::string_view a, std::string_view b) {
    if (a == b) return std::strong_ordering::equal;
    if (a.empty() || b.empty()) return a.empty() ? std::strong_ordering::less : std::strong_ordering::greater;
    if (dated(a) != dated(b)) return dated(a) ? std::strong_ordering::less : std::strong_ordering::greater;
    if (dated(a)) {
        std::string one(a);
        std::string other(b);
        std::erase(one, '-');
        std::erase(other, '-');
        return one != other ? one <=> other : a <=> b;
    }
    // A build ("+20240101") does not count (semver.org 10); a label makes a version earlier (11).
    const auto [one, build_a] = base::cut(a, '+');
    const auto [other, build_b] = base::cut(b, '+');
    const auto [number_a, label_a] = base::cut(one, '-');
    const auto [number_b, label_b] = base::cut(other, '-');
    if (const auto order = compare_naturally(number_a, number_b); order != 0) return order;
    if (label_a.empty() != label_b.empty()) return label_a.empty() ? std::strong_ordering::greater : std::strong_ordering::less;
    if (const auto order = compare_naturally(label_a, label_b); order != 0) return order;
    return a <=> b;
}

bool covers(std::string_view partial, std::string_view version) {
    if (partial.empty() || !version.starts_with(partial)) return false;
    return version.size() == partial.size() || version[partial.size()] == '.' || version[partial.size()] == '-';
}

std::pair<std::string_view, std::string_view> cut_canonical(std::string_view canonical) {
    const std::string_view whole = canonical.substr(0, canonical.find('#'));
    const std::size_t bar = whole.rfind('|');  // a few old URLs of HL7 hold one themselves
    if (bar == std::string_view::npos) return {whole, {}};
    return {whole.substr(0, bar), whole.substr(bar + 1)};
}

}  // namespace fhir::definition
