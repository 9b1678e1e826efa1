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
    TEST_CASE("who asks and what is asked cannot be mistaken for each other") {
        const auto binding = [](const char* who, const char* question) {
            interaction::Request request;
            auto plan = *permission::unlimited();
            plan.who = who;
            request.plan = std::make_shared<const permission::Plan>(std::move(plan));
            return interaction::binding_of(request, question);
        };
        CHECK(binding("a", "/b") == binding("a", "/b"));
        CHECK(binding("a", "/b/_history") != binding("a/b", "/_history"));
        CHECK(binding("a", "\nb") != binding("a\n", "b"));
        CHECK(interaction::page_url("http://h/Patient", "t") == "http://h/Patient?_page=t");
        CHECK(interaction::page_url("http://h/Patient?a=b", "t") == "http://h/Patient?a=b&_page=t");
    }
}
