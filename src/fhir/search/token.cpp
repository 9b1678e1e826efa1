// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/token.h"

#include "base/character.h"
#include "base/text.h"

#include <algorithm>

namespace fhir::search {

namespace {

constexpr char exact_mark = '\x1f';

bool ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

bool same_ignoring_case(std::string_view asked, std::string_view folded) {
    return ascii(asked) ? base::equal_ignoring_case(asked, folded) : base::fold_case(asked) == folded;
}

}  // namespace

std::string token_key(LetterCase of_parameter, bool exact, std::string_view code) {
    if (of_parameter == LetterCase::ignored) return base::fold_case(code);
    if (of_parameter == LetterCase::counts) return std::string(code);
    if (!exact || code.empty()) return base::fold_case(code);
    std::string key(1, exact_mark);
    key += code;
    return key;
}

std::vector<std::string> token_keys(const Parameter& parameter, std::string_view asked) {
    std::vector<std::string> keys;
    keys.push_back(token_key(parameter.letter_case, false, asked));
    if (parameter.letter_case == LetterCase::mixed) keys.push_back(token_key(parameter.letter_case, true, asked));
    return keys;
}

bool is_token_key(const Parameter& parameter, std::string_view asked, std::string_view key) {
    switch (parameter.letter_case) {
        case LetterCase::counts: return asked == key;
        case LetterCase::ignored: return same_ignoring_case(asked, key);
        case LetterCase::mixed:
            if (key.starts_with(exact_mark) && key.substr(1) == asked) return true;
            return same_ignoring_case(asked, key);
    }
    return false;
}

std::string of_type_key(std::string_view type_code, std::string_view value) {
    std::string key = base::fold_case(type_code);
    key += '|';
    key += value;
    return key;
}

}  // namespace fhir::search
