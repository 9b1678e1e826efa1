// SPDX-License-Identifier: Apache-2.0
#pragma once

// Looking at text one character at a time: what kind each is, and codes with their case folded.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace base {

enum class CharacterKind : std::uint8_t { letter, mark, digit, punctuation, space, other };
CharacterKind kind_of(char32_t c);

// The first code point, which is taken away from a text that is not empty; U+FFFD for a byte that is no UTF-8.
char32_t take_code_point(std::string_view& text);

// The beginning of a text, at most so many bytes, cut where a character of UTF-8 begins; the whole text when it is no longer.
std::string_view beginning(std::string_view text, std::size_t most);

// Case folded and nothing else (fold() in text.h takes accents away too): "É" is "é".
std::string fold_case(std::string_view text);

}  // namespace base
