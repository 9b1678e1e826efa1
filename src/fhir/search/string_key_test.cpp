// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/string_key.h"

#include <doctest/doctest.h>

using namespace fhir::search;

TEST_SUITE("fhir/search/string_key") {
    TEST_CASE("case, accents, punctuation and doubled spaces do not count") {
        CHECK(string_key("O'Brien,  Ann") == "obrien ann");
        CHECK(string_key("Müller-Lüdenscheidt") == "mullerludenscheidt");
        CHECK(string_key("a - b") == "a b");
        CHECK(string_key("St. Gallen") == string_key("st gallen"));
        CHECK(string_key("“Ann”") == "ann");
        CHECK(string_key("1 + 1") == "1 + 1");  // a sign, no punctuation
    }
    TEST_CASE("text of punctuation alone keeps it; blank text is empty") {
        CHECK(string_key("?") == "?");
        CHECK(string_key("--") == "--");
        CHECK(string_key(" \t ").empty());
        CHECK(string_key("").empty());
    }
}
