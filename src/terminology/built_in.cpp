// SPDX-License-Identifier: Apache-2.0
#include "terminology/built_in.h"

#include "base/text.h"
#include "fhir/primitive.h"
#include "terminology/language_tag.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace terminology {

namespace {

using fhir::ucum::Units;

bool digits_only(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string shown(std::string_view code) { return std::string(code.substr(0, 80)); }

Ruling ucum(std::string_view code, const Units* units) {
    if (!units) return {};
    if (const auto checked = units->check(code); !checked) return {Answer::no, checked.fault().text};
    return {Answer::yes};
}

Ruling language(std::string_view code, const Units*) { return check_language_tag(code); }

Ruling uri(std::string_view code, const Units*) {
    if (!code.empty() && fhir::primitive::is_uri(code)) return {Answer::yes};
    return {Answer::no, fmt::format("'{}' is not a URI", shown(code))};
}

// RFC 2045 and 6838: type/subtype, then parameters.
Ruling mime(std::string_view code, const Units*) {
    const auto token = [](std::string_view text) {
        constexpr std::string_view separators = "()<>@,;:\\\"/[]?=";
        return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
            return c > ' ' && c < 0x7F && separators.find(c) == std::string_view::npos;
        });
    };
    // R4 allows these three in ValueSet mimetypes, for FHIR's own formats.
    if (code == "xml" || code == "json" || code == "ttl") return {Answer::yes};
    const auto [name, parameters] = base::cut(code, ';');
    const auto [type, subtype] = base::cut(base::trim(name), '/');
    if (token(type) && token(subtype)) return {Answer::yes};
    return {Answer::no, fmt::format("'{}' is not a MIME type; they look like 'text/plain'", shown(code))};
}

// The check digit of SNOMED CT identifiers (Verhoeff's dihedral scheme); the last digit is the check.
bool verhoeff(std::string_view digits) {
    static constexpr int product[10][10] = {
        {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 4, 0, 6, 7, 8, 9, 5}, {2, 3, 4, 0, 1, 7, 8, 9, 5, 6},
        {3, 4, 0, 1, 2, 8, 9, 5, 6, 7}, {4, 0, 1, 2, 3, 9, 5, 6, 7, 8}, {5, 9, 8, 7, 6, 0, 4, 3, 2, 1},
        {6, 5, 9, 8, 7, 1, 0, 4, 3, 2}, {7, 6, 5, 9, 8, 2, 1, 0, 4, 3}, {8, 7, 6, 5, 9, 3, 2, 1, 0, 4},
        {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}};
    static constexpr int order[10] = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};
    int check = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        int digit = digits[digits.size() - 1 - i] - '0';
        for (std::size_t turn = 0; turn < i % 8; ++turn) digit = order[digit];
        check = product[check][digit];
    }
    return check == 0;
}

Ruling snomed(std::string_view code, const Units*) {
    // Expressions (post-coordination) hold more than one identifier; their grammar is not judged here.
    if (code.find_first_of(":+|={} ") != std::string_view::npos) return {};
    if (!digits_only(code) || code.size() < 6 || code.size() > 18 || code[0] == '0')
        return {Answer::no, fmt::format("'{}' is not a SNOMED CT identifier (6 to 18 digits)", shown(code))};
    if (!verhoeff(code))
        return {Answer::no, fmt::format("'{}' is not a SNOMED CT identifier: its check digit is wrong", shown(code))};
    const char partition = code[code.size() - 2];  // 0 concept, 1 description, 2 relationship
    if (partition != '0')
        return {Answer::no, fmt::format("'{}' is the SNOMED CT identifier of a description or relationship; a concept's is needed",
                                        shown(code))};
    return {};
}

// Modulus 10: 2 x the number made of the odd digits from the right, beside the even ones; the sum of its digits.
int luhn(std::string_view digits) {
    int sum = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        int digit = digits[digits.size() - 1 - i] - '0';
        if (i % 2 == 0) {
            digit *= 2;
            digit = digit / 10 + digit % 10;
        }
        sum += digit;
    }
    return (10 - sum % 10) % 10;
}

Ruling loinc(std::string_view code, const Units*) {
    std::string_view rest = code;
    std::string_view kind;
    for (const std::string_view prefix : {"LA", "LP", "LL", "LG", "MTHU"}) {
        if (!rest.starts_with(prefix)) continue;
        kind = prefix;
        rest.remove_prefix(prefix.size());
        break;
    }
    const auto [number, check] = base::cut(rest, '-');
    const bool shaped = digits_only(number) && number.size() <= 9 && check.size() == 1 && digits_only(check);
    if (!shaped && !(kind == "MTHU" && digits_only(rest)))
        return {Answer::no, fmt::format("'{}' is not a LOINC code; they look like '8480-6'", shown(code))};
    if (kind.empty() && luhn(number) != check[0] - '0')
        return {Answer::no, fmt::format("'{}' is not a LOINC code: its check digit is wrong (the part after '-')", shown(code))};
    return {};
}

Ruling rxnorm(std::string_view code, const Units*) {
    if (digits_only(code) && code.size() <= 8) return {};
    return {Answer::no, fmt::format("'{}' is not an RxNorm identifier (digits only)", shown(code))};
}

// "one|two" after the first.
std::vector<std::string_view> displays(std::string_view first, std::string_view others) {
    std::vector<std::string_view> all{first};
    if (!others.empty())
        for (const std::string_view other : base::split(others, '|')) all.push_back(other);
    return all;
}

const CodeSystem& countries() {
    static const CodeSystem table = [] {
        struct Row {
            std::string_view two, three, number, name, others;
        };
        static constexpr Row rows[] = {
#include "terminology/tables/countries.def"
        };
        std::vector<CodeSystem::Row> all;
        for (const std::string_view Row::*code : {&Row::two, &Row::three, &Row::number})
            for (const Row& row : rows) all.emplace_back(row.*code, displays(row.name, row.others));
        return CodeSystem::from_rows("urn:iso:std:iso:3166", "ISO 3166-1 country codes", all);
    }();
    return table;
}

const CodeSystem& currencies() {
    static const CodeSystem table = [] {
        struct Row {
            std::string_view code, name, others;
        };
        static constexpr Row rows[] = {
#include "terminology/tables/currencies.def"
        };
        std::vector<CodeSystem::Row> all;
        for (const Row& row : rows) all.emplace_back(row.code, displays(row.name, row.others));
        return CodeSystem::from_rows("urn:iso:std:iso:4217", "ISO 4217 currency codes", all);
    }();
    return table;
}

Ruling in_table(const CodeSystem& table, std::string_view code) {
    if (table.find(code) != no_concept) return {Answer::yes};
    return {Answer::no, fmt::format("'{}' is not among the {}", shown(code), table.name())};
}

Ruling country(std::string_view code, const Units*) { return in_table(countries(), code); }
Ruling currency(std::string_view code, const Units*) { return in_table(currencies(), code); }

}  // namespace

const BuiltIn* built_in(std::string_view system) {
    static const std::array all{
        BuiltIn{"http://unitsofmeasure.org", ucum, true, nullptr},
        BuiltIn{"urn:ietf:bcp:47", language, false, nullptr},
        BuiltIn{"urn:ietf:bcp:13", mime, true, nullptr},
        BuiltIn{"urn:ietf:rfc:3986", uri, true, nullptr},
        BuiltIn{"urn:iso:std:iso:3166", country, true, &countries()},
        BuiltIn{"urn:iso:std:iso:4217", currency, true, &currencies()},
        BuiltIn{"http://snomed.info/sct", snomed, false, nullptr},
        BuiltIn{"http://loinc.org", loinc, false, nullptr},
        BuiltIn{"http://www.nlm.nih.gov/research/umls/rxnorm", rxnorm, false, nullptr},
    };
    for (const BuiltIn& each : all)
        if (each.system == system) return &each;
    return nullptr;
}

}  // namespace terminology
