// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <doctest/doctest.h>

TEST_SUITE("base/text") {
    TEST_CASE("searching ignores case, accents and doubled spaces") {
        CHECK(base::fold("Ångström") == "angstrom");
        CHECK(base::fold("  De  LA\tCruz ") == "de la cruz");
        CHECK(base::fold("Straße") == "strasse");
        CHECK(base::fold("Øre Łódź Ængus Œuvre Þór Đặng") == "ore lodz aengus oeuvre thor dang");
        CHECK(base::fold("IŞIK") == base::fold("ışık"));
        CHECK(base::fold("İstanbul") == "istanbul");
        CHECK(base::fold("e\xCC\x81") == base::fold("\xC3\xA9"));
        CHECK(base::fold("ＡＢＣ　１") == "abc 1");
        CHECK(base::fold("が") != base::fold("か"));
        CHECK(base::fold("राम") != base::fold("रम"));
        CHECK(base::fold("مُحَمَّد") == base::fold("محمد"));
        CHECK(base::fold("東京") == "東京");
    }
    TEST_CASE("overlong forms and surrogates are not UTF-8") {
        CHECK(base::valid_utf8("Grüße"));
        CHECK_FALSE(base::valid_utf8("\xC0\x80"));
        CHECK_FALSE(base::valid_utf8("\xED\xA0\x80"));
        CHECK_FALSE(base::valid_utf8("\xFF"));
    }
    TEST_CASE("split keeps empty parts") {
        CHECK(base::split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
        CHECK(base::split("", ',').size() == 1);
        CHECK(base::cut("a|b|c", '|').second == "b|c");
    }
    TEST_CASE("percent-decoding refuses what is cut off, not hexadecimal, or NUL") {
        CHECK(base::percent_decode("a%20b+c", true) == "a b c");
        CHECK(base::percent_decode("a+c", false) == "a+c");
        CHECK_FALSE(base::percent_decode("%zz", false));
        CHECK_FALSE(base::percent_decode("%2", false));
        CHECK_FALSE(base::percent_decode("%00", false));
        CHECK_FALSE(base::percent_decode(std::string_view("a\0b", 3), false));
        CHECK(base::percent_encode("a b/ü") == "a%20b%2F%C3%BC");
    }
    TEST_CASE("base64 goes there and back, and refuses white space and bad padding") {
        for (const char* text : {"", "f", "fo", "foo", "foob"})
            CHECK(base::base64_decode(base::base64_encode(text)) == text);
        CHECK_FALSE(base::base64_decode("Zm9v Zg=="));
        CHECK_FALSE(base::base64_decode("Zg="));
        CHECK_FALSE(base::base64_decode("===="));
        CHECK(base::is_base64("Zm9vZg=="));
        for (const char* wrong : {"Zg=", "====", "Zg=x", "Z g=", "Zm9\n"}) CHECK_FALSE(base::is_base64(wrong));
    }
    TEST_CASE("numbers are whole texts") {
        CHECK(base::to_integer("-12") == -12);
        CHECK_FALSE(base::to_integer("12x"));
        CHECK_FALSE(base::to_integer("99999999999999999999"));
        CHECK_FALSE(base::to_double("1e999"));
    }
}
