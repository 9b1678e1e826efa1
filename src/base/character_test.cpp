// SPDX-License-Identifier: Apache-2.0
#include "base/character.h"

#include <doctest/doctest.h>

TEST_SUITE("base/character") {
    TEST_CASE("the beginning of a text holds no half of a character") {
        CHECK(base::beginning("abc", 3) == "abc");
        CHECK(base::beginning("abc", 2) == "ab");
        CHECK(base::beginning("a\xC3\xA4z", 2) == "a");
        CHECK(base::beginning("a\xC3\xA4z", 3) == "a\xC3\xA4");
        CHECK(base::beginning("\x80\x80", 1).empty());
    }
    TEST_CASE("case alone is folded where accents tell codes apart") {
        CHECK(base::fold_case("ÉA b ") == "éa b ");
        CHECK(base::fold_case("É") != base::fold_case("E"));
    }
    TEST_CASE("code points are taken one by one, and told apart by kind") {
        std::string_view text = "a\xC3\xA9\xFF-";
        CHECK(base::take_code_point(text) == U'a');
        CHECK(base::take_code_point(text) == U'\xE9');
        CHECK(base::take_code_point(text) == U'\xFFFD');
        CHECK(base::kind_of(base::take_code_point(text)) == base::CharacterKind::punctuation);
        CHECK(text.empty());
        CHECK(base::kind_of(U'7') == base::CharacterKind::digit);
        CHECK(base::kind_of(U'東') == base::CharacterKind::letter);
    }
}
