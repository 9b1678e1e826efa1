// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/string_key.h"

#include "base/character.h"
#include "base/text.h"

#include <algorithm>

namespace fhir::search {

namespace {

// Letters, digits, spaces and nothing else, as most names are.
bool plain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == ' '; });
}

}  // namespace

std::string string_key(std::string_view text) {
    std::string folded = base::fold(text);
    if (plain(folded)) return folded;
    std::string key;
    key.reserve(folded.size());
    for (std::string_view rest = folded; !rest.empty();) {
        const std::string_view before = rest;
        if (base::kind_of(base::take_code_point(rest)) == base::CharacterKind::punctuation) continue;
        key += before.substr(0, before.size() - rest.size());
    }
    key = base::fold(key);  // "a - b" has two spaces now
    return key.empty() ? folded : key;
}

}  // namespace fhir::search
