// SPDX-License-Identifier: Apache-2.0
#include "terminology/language_tag.h"

#include "base/text.h"
#include "terminology/built_in.h"

#include <fmt/format.h>
#include <algorithm>

namespace terminology {

namespace {

struct Language {
    std::string_view subtag, name;
};
constexpr Language languages[] = {
#include "terminology/tables/languages.def"
};

const Language* find_language(std::string_view subtag) {
    const std::string lowered = base::lower(subtag);
    const auto* found = std::lower_bound(std::begin(languages), std::end(languages), lowered,
                                         [](const Language& row, std::string_view key) { return row.subtag < key; });
    return found != std::end(languages) && found->subtag == lowered ? found : nullptr;
}

bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool digit(char c) { return c >= '0' && c <= '9'; }
bool all(std::string_view text, bool (*test)(char)) { return std::all_of(text.begin(), text.end(), test); }
bool either(char c) { return letter(c) || digit(c); }

// Regions that the registry knows beside ISO 3166-1: exceptional, deprecated and private ones.
bool extra_region(std::string_view upper) {
    static constexpr std::string_view regions[] = {"AA", "AC", "AN", "BU", "CP", "CQ", "CS", "DD", "DG", "EA", "EU", "EZ", "FX",
                                                   "IC", "NT", "QO", "SU", "TA", "TP", "UN", "XK", "YD", "YU", "ZR", "ZZ"};
    if (std::find(std::begin(regions), std::end(regions), upper) != std::end(regions)) return true;
    return upper[0] == 'X' || (upper[0] == 'Q' && upper[1] >= 'M');
}

// A whole tag that the standard keeps for the past (RFC 5646 2.2.8).
bool grandfathered(std::string_view lowered) {
    static constexpr std::string_view tags[] = {
        "en-gb-oed", "i-ami", "i-bnn", "i-default", "i-enochian", "i-hak", "i-klingon", "i-lux", "i-mingo", "i-navajo", "i-pwn",
        "i-tao", "i-tay", "i-tsu", "sgn-be-fr", "sgn-be-nl", "sgn-ch-de", "art-lojban", "cel-gaulish", "no-bok", "no-nyn",
        "zh-guoyu", "zh-hakka", "zh-min", "zh-min-nan", "zh-xiang"};
    return std::find(std::begin(tags), std::end(tags), lowered) != std::end(tags);
}

const CodeSystem* countries() {
    static const BuiltIn* found = built_in("urn:iso:std:iso:3166");
    return found->table;
}

Ruling no(std::string_view tag, std::string_view why) {
    return {Answer::no, fmt::format("'{}' is not a language tag: {}", tag.substr(0, 80), why)};
}

}  // namespace

Ruling check_language_tag(std::string_view tag) {
    const std::string lowered = base::lower(tag);
    if (grandfathered(lowered)) return {Answer::yes};
    const auto parts = base::split(tag, '-');
    for (const std::string_view part : parts)
        if (part.empty() || part.size() > 8 || !all(part, either)) return no(tag, "its parts have one to eight letters or digits");
    std::size_t at = 0;
    if (base::equal_ignoring_case(parts[0], "x")) return parts.size() > 1 ? Ruling{Answer::yes} : no(tag, "nothing follows 'x'");
    if (!all(parts[0], letter) || parts[0].size() < 2) return no(tag, "it begins with a language such as 'en'");

    Answer known = Answer::yes;
    const Language* language = find_language(parts[0]);
    if (parts[0].size() == 2 && !language) return no(tag, fmt::format("there is no language '{}'", parts[0]));
    if (language && language->name.starts_with('='))
        return no(tag, fmt::format("the language '{}' is written '{}'", parts[0], language->name.substr(1)));
    if (!language) known = Answer::unknown;
    ++at;
    for (int extended = 0; extended < 3 && at < parts.size() && parts[at].size() == 3 && all(parts[at], letter); ++extended) ++at;
    if (at < parts.size() && parts[at].size() == 4 && all(parts[at], letter)) ++at;  // script
    if (at < parts.size() && parts[at].size() == 2 && all(parts[at], letter)) {      // region
        const std::string region = base::upper(parts[at]);
        if (!extra_region(region) && countries()->find(region) == no_concept)
            return no(tag, fmt::format("there is no region '{}'", parts[at]));
        ++at;
    } else if (at < parts.size() && parts[at].size() == 3 && all(parts[at], digit)) {
        ++at;
    }
    while (at < parts.size() && (parts[at].size() >= 5 || (parts[at].size() == 4 && digit(parts[at][0])))) ++at;  // variants
    while (at < parts.size() && parts[at].size() == 1) {  // extensions: a singleton, then at least one part
        const bool is_private = base::equal_ignoring_case(parts[at], "x");
        const std::size_t first = ++at;
        while (at < parts.size() && (is_private || parts[at].size() > 1)) ++at;
        if (at == first) return no(tag, "nothing follows its last part");
    }
    if (at < parts.size()) return no(tag, fmt::format("'{}' may not stand there", parts[at]));
    return {known};
}

std::string language_name(std::string_view tag) {
    const auto parts = base::split(tag, '-');
    const Language* language = find_language(parts[0]);
    if (!language || language->name.starts_with('=')) return {};
    std::string name(language->name.substr(0, language->name.find(';')));
    for (std::size_t i = 1; i < parts.size(); ++i) {
        if (parts[i].size() != 2) continue;
        const ConceptId country = countries()->find(base::upper(parts[i]));
        if (country != no_concept) name += fmt::format(" ({})", countries()->display(country));
        break;
    }
    return name;
}

}  // namespace terminology
