// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/token.h"

#include <algorithm>
#include <doctest/doctest.h>

using namespace fhir::search;

TEST_SUITE("fhir/search/token") {
    TEST_CASE("a value fits what was asked by one comparison of keys") {
        struct Case {
            LetterCase of_parameter;
            bool exact;  // the value's kind
            const char* value;
            const char* asked;
            bool fits;
        };
        const Case cases[] = {
            {LetterCase::ignored, false, "Final", "final", true},   {LetterCase::ignored, false, "final", "FINAL", true},
            {LetterCase::ignored, false, "É", "é", true},           {LetterCase::ignored, false, "é", "e", false},
            {LetterCase::ignored, false, "a b", "ab", false},       {LetterCase::counts, true, "A1", "A1", true},
            {LetterCase::counts, true, "A1", "a1", false},          {LetterCase::mixed, true, "A1", "A1", true},
            {LetterCase::mixed, true, "A1", "a1", false},           {LetterCase::mixed, true, "a1", "A1", false},
            {LetterCase::mixed, true, "a1", "a1", true},            {LetterCase::mixed, false, "A1", "a1", true},
            {LetterCase::mixed, false, "a1", "A1", true},           {LetterCase::mixed, false, "a1", "b1", false},
        };
        for (const Case& one : cases) {
            INFO(one.value << " asked " << one.asked);
            Parameter parameter;
            parameter.letter_case = one.of_parameter;
            const std::string key = token_key(one.of_parameter, one.exact, one.value);
            CHECK(is_token_key(parameter, one.asked, key) == one.fits);
            const auto keys = token_keys(parameter, one.asked);
            CHECK((std::find(keys.begin(), keys.end(), key) != keys.end()) == one.fits);
        }
    }
    TEST_CASE("no code has no key, whatever its kind") {
        for (const LetterCase one : {LetterCase::ignored, LetterCase::counts, LetterCase::mixed}) CHECK(token_key(one, true, "").empty());
    }
    TEST_CASE("the type of an identifier is a code, its value is not") { CHECK(of_type_key("MR", "A1") == "mr|A1"); }
}
