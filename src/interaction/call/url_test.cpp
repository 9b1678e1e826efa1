// SPDX-License-Identifier: Apache-2.0
#include "interaction/call/url.h"

#include "interaction/call/etag.h"

#include <doctest/doctest.h>

using interaction::Request;
using interaction::Verb;

namespace {

std::string said(std::string_view method, std::string_view url) {
    Request request;
    request.base = "http://h/fhir";
    if (const auto read = interaction::read_url(method, url, request); !read) return "refused";
    std::string text = interaction::spelling(request.verb);
    text += " " + request.type + "/" + request.id + "/" + request.version + "/" + request.operation + "?" +
            interaction::write_query(request.parameters);
    return text;
}

}  // namespace

TEST_SUITE("interaction/call/url") {
    TEST_CASE("an entry's method and url name an interaction") {
        CHECK(said("GET", "Patient/1") == "read Patient/1//?");
        CHECK(said("HEAD", "/Patient/1") == "read Patient/1//?");
        CHECK(said("GET", "http://h/fhir/Patient/1/_history/2") == "vread Patient/1/2/?");
        CHECK(said("GET", "Patient/1/_history") == "history-instance Patient/1//?");
        CHECK(said("GET", "Patient/_history?_since=2020") == "history-instance Patient///?_since=2020");
        CHECK(said("GET", "_history") == "history-instance ///?");
        CHECK(said("GET", "Patient?name=a%20b&name=c+d") == "search-type Patient///?name=a%20b&name=c%20d");
        CHECK(said("GET", "metadata") == "capabilities ///?");
        CHECK(said("GET", "Patient/1/$everything") == "operation Patient/1//everything?");
        CHECK(said("POST", "Patient") == "create Patient///?");
        CHECK(said("POST", "Patient/1/$meta-add") == "operation Patient/1//meta-add?");
        CHECK(said("GET", "Patient/1/_history/2/$meta") == "operation Patient/1/2/meta?");
        CHECK(said("GET", "Patient/1/Observation?code=x") == "search-type Observation///?code=x");
        CHECK(said("POST", "Patient/1/*/_search") == "search-type ///?");
        CHECK(said("PUT", "Patient/1") == "update Patient/1//?");
        CHECK(said("PUT", "Patient?identifier=a|b") == "update Patient///?identifier=a%7Cb");
        CHECK(said("DELETE", "Patient/1") == "delete Patient/1//?");
        CHECK(said("DELETE", "Patient?identifier=x") == "delete Patient///?identifier=x");
    }
    TEST_CASE("what is no interaction is refused") {
        CHECK(said("POST", "") == "refused");
        CHECK(said("POST", "Patient/1") == "refused");
        CHECK(said("PUT", "") == "refused");
        CHECK(said("GET", "http://elsewhere/Patient/1") == "refused");
        CHECK(said("GET", "Patient/a_b") == "refused");
        CHECK(said("GET", "Patient/1/2/3") == "refused");
        CHECK(said("GET", "Patient?name=%zz") == "refused");
        CHECK(said("BREW", "Patient/1") == "refused");
        CHECK(said("GET", "Patient/_search") == "refused");
        CHECK(said("DELETE", "Patient/1/_history") == "refused");  // comes alone
        CHECK(said("GET", "Patient/1/Observation/2") == "refused");
    }
    TEST_CASE("a query that is no UTF-8 is refused, as it is in a URL") {
        CHECK(interaction::read_query("name=%C3%A4"));
        CHECK_FALSE(interaction::read_query("name=%AA"));
        CHECK_FALSE(interaction::read_query("%FF=1"));
    }
    TEST_CASE("a version condition may be weak, strong, bare, a list or a star") {
        CHECK(interaction::names_version("W/\"3\"", 3));
        CHECK(interaction::names_version("\"3\"", 3));
        CHECK(interaction::names_version("3", 3));
        CHECK(interaction::names_version("W/\"2\", W/\"3\"", 3));
        CHECK(interaction::names_version("*", 3));
        CHECK_FALSE(interaction::names_version("W/\"2\"", 3));
        CHECK_FALSE(interaction::names_version("", 3));
        CHECK_FALSE(interaction::names_version("W/\"x\"", 3));
    }
}
