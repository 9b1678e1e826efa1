// SPDX-License-Identifier: Apache-2.0
#pragma once

// Asking for words in running text: _text and _content (FHIR R4 3.1.1.4.2), whose language R4 leaves to the server.
//
//   glucose fasting      both words, anywhere        glucose OR insulin      one of them
//   "fasting glucose"    in this order, side by side glucose NOT urine       the first without the second; also -urine
//   gluc*                a word that begins so       (a OR b) c              parentheses
//
// OR, AND and NOT in capitals; AND may be left out and binds closer than OR. Case and accents do not count. Words are runs of letters and
// digits; every ideograph and kana is a word of its own, so that text without spaces is found by its parts.

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace fhir::search {

struct Words {
    enum class Kind : unsigned char { phrase, all, any };
    Kind kind = Kind::phrase;
    std::vector<std::string> words{};  // phrase: folded, never empty; they stand side by side in this order
    bool prefix = false;               // phrase: the last word only begins like that
    std::vector<Words> parts{};        // all: each holds; any: at least one does. Never empty there
    std::vector<Words> without{};      // all: none of these holds

    bool operator==(const Words&) const = default;
};

// Fault (invalid): nothing to look for, only what must not be there, parentheses or quotes that do not close, more than 64 words or
// 16 levels.
base::Result<Words> read_words(std::string_view text);

// The words of a text, folded, each followed by one space but the last. No byte below 0x80 but letters, digits and that space:
// a full-text index that takes every byte from 0x80 on as a letter finds the same words in it. Stops at `most` bytes, between words.
std::string words_of(std::string_view text, std::size_t most);

// `text` is what words_of() made.
bool holds(const Words& asked, std::string_view text);

}  // namespace fhir::search
