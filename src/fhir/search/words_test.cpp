// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/words.h"

#include <doctest/doctest.h>

using namespace fhir::search;

namespace {

bool found(std::string_view asked, std::string_view text) {
    const auto words = read_words(asked);
    if (!words) FAIL(asked << ": " << words.fault().text);
    return holds(*words, words_of(text, 10'000));
}

}  // namespace

TEST_SUITE("fhir/search/words") {
    TEST_CASE("words are runs of letters and digits, folded; ideographs and kana stand alone") {
        CHECK(words_of("  Ångström's 5.4 mg/dL -- (HbA1c)", 100) == "angstrom s 5 4 mg dl hba1c");
        CHECK(words_of("東京タワー 2", 100) == "東 京 タ ワ ー 2");
        CHECK(words_of("", 100).empty());
        CHECK(words_of("...", 100).empty());
        CHECK(words_of("one two three", 8) == "one two");
        CHECK(words_of("हिन्दी", 100) == "हिन्दी");
    }
    TEST_CASE("several words must all be there, in any order") {
        CHECK(found("glucose fasting", "Fasting blood glucose"));
        CHECK(found("glucose AND fasting", "Fasting blood glucose"));
        CHECK_FALSE(found("glucose urine", "Fasting blood glucose"));
        CHECK_FALSE(found("gluc", "Fasting blood glucose"));
        CHECK(found("GLÜCOSE", "glucose"));
    }
    TEST_CASE("a phrase stands side by side, a star leaves the end open") {
        CHECK(found("\"blood glucose\"", "Fasting blood glucose"));
        CHECK_FALSE(found("\"fasting glucose\"", "Fasting blood glucose"));
        CHECK(found("gluc*", "Fasting blood glucose"));
        CHECK(found("\"blood gl\"*", "Fasting blood glucose"));
        CHECK_FALSE(found("\"bl glucose\"*", "Fasting blood glucose"));
        CHECK(found("5.4", "about 5.4 or so"));
        CHECK_FALSE(found("5.4", "4 and 5"));
        CHECK(found("東京", "東京タワー"));
        CHECK_FALSE(found("京東", "東京タワー"));
    }
    TEST_CASE("OR, NOT and parentheses bind as they should") {
        CHECK(found("insulin OR glucose", "blood glucose"));
        CHECK_FALSE(found("insulin OR urine", "blood glucose"));
        CHECK(found("blood NOT urine", "blood glucose"));
        CHECK_FALSE(found("blood NOT glucose", "blood glucose"));
        CHECK_FALSE(found("blood -glucose", "blood glucose"));
        CHECK(found("a b OR c", "c"));
        CHECK(found("a (b OR c)", "a c"));
        CHECK_FALSE(found("a (b OR c)", "c"));
        CHECK_FALSE(found("a NOT (b OR c)", "a c"));
        CHECK(found("a NOT (b c)", "a c"));
        CHECK(found("not", "not in capitals"));
        CHECK(found("NOT x a", "a"));
    }
    TEST_CASE("what cannot be asked is refused") {
        for (const char* text : {"", "  ", "...", "NOT a", "a OR NOT b", "OR", "a OR", "(a", "a)", "()", "\"a", "-a"}) CHECK_FALSE(read_words(text));
        std::string many = "a";
        for (int i = 0; i < 64; ++i) many += " a";
        CHECK_FALSE(read_words(many));
        CHECK_FALSE(read_words(std::string(20, '(') + "a" + std::string(20, ')')));
    }
}
