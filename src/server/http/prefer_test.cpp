// SPDX-License-Identifier: Apache-2.0
#include "server/http/prefer.h"

#include <doctest/doctest.h>

using server::http::read_preferences;
using Return = interaction::Request::Return;

TEST_SUITE("server/http/prefer") {
    TEST_CASE("what FHIR prefers is understood, together and in any case") {
        CHECK(read_preferences("return=minimal").wanted == Return::minimal);
        CHECK(read_preferences("Return = \"Representation\"").wanted == Return::representation);
        CHECK(read_preferences("return=OperationOutcome; handling=lenient").wanted == Return::outcome);
        const auto all = read_preferences("respond-async, return=minimal, handling=lenient, wait=10");
        CHECK(all.respond_async);
        CHECK(all.lenient);
        CHECK(all.wanted == Return::minimal);
    }
    TEST_CASE("of two the first counts, and what is unknown does not") {
        CHECK(read_preferences("return=minimal, return=representation").wanted == Return::minimal);
        CHECK(read_preferences("return=bogus, return=representation").wanted == Return::representation);
        CHECK_FALSE(read_preferences("handling=strict, handling=lenient").lenient);
        for (const char* text : {"", ",;,=", "return", "respond-asynchronously", "return==minimal\"", "handling"}) {
            const auto none = read_preferences(text);
            CHECK_MESSAGE(none.wanted == Return::unsaid, text);
            CHECK_FALSE_MESSAGE(none.respond_async, text);
            CHECK_FALSE_MESSAGE(none.lenient, text);
        }
    }
}
