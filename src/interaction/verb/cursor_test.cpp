// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/cursor.h"

#include <doctest/doctest.h>

using interaction::open_cursor;
using interaction::seal;

TEST_SUITE("interaction/verb/cursor") {
    TEST_CASE("a sealed cursor opens again for the same question") {
        const std::string after("a:b\0\xff", 5);
        const auto opened = open_cursor(seal({after, 42}, "Patient?name=x", "key"), "Patient?name=x", "key");
        REQUIRE(opened);
        CHECK(opened->after == after);
        CHECK(opened->as_of == 42);
    }
    TEST_CASE("F-16: a tampered, cut or foreign page link is refused") {
        const std::string token = seal({"row 17", 42}, "Patient?name=x", "key");
        CHECK_FALSE(open_cursor(token, "Patient?name=y", "key"));
        CHECK_FALSE(open_cursor(token, "Patient?name=x", "other server"));
        CHECK_FALSE(open_cursor("", "Patient?name=x", "key"));
        for (std::size_t i = 0; i < token.size(); ++i) {
            std::string changed = token;
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            CHECK_FALSE(open_cursor(changed, "Patient?name=x", "key"));
            CHECK_FALSE(open_cursor(std::string_view(token).substr(0, i), "Patient?name=x", "key"));
        }
        CHECK_FALSE(open_cursor(token + "=", "Patient?name=x", "key"));
        CHECK_FALSE(open_cursor("%$#!", "Patient?name=x", "key"));
    }
}
