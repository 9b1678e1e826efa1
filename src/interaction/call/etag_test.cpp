// SPDX-License-Identifier: Apache-2.0
#include "interaction/call/etag.h"

#include <doctest/doctest.h>

using interaction::names_tag;
using interaction::names_version;

TEST_SUITE("interaction/call/etag") {
    TEST_CASE("a version is named weakly, strongly, bare, in lists, and by a star") {
        for (const char* text : {"W/\"3\"", "\"3\"", "3", "w/\"3\"", " W/\"3\" ", "W/3", "\"1\", W/\"3\"", "\"1\",\"2\",\"3\"", ",,\"3\",", "*",
                                 "\"1\"\t,\t\"3\""})
            CHECK_MESSAGE(names_version(text, 3), text);
    }
    TEST_CASE("what names another version, or nothing, does not") {
        for (const char* text : {"", " ", ",", "W/\"33\"", "\"03\"", "\"+3\"", "\"3", "W/", "W/\"\"", "\"*\"", "\"1,3\"", "\"1\"3", "3 4", "\"\"", "junk"})
            CHECK_FALSE_MESSAGE(names_version(text, 3), text);
    }
    TEST_CASE("a comma inside quotes belongs to the tag") {
        CHECK(names_tag("\"a,b\"", "a,b"));
        CHECK_FALSE(names_tag("\"a,b\"", "b"));
    }
    TEST_CASE("an empty tag is named by nothing but a star") {
        CHECK_FALSE(names_tag("\"\"", ""));
        CHECK(names_tag("*", ""));
    }
}
