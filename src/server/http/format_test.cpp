// SPDX-License-Identifier: Apache-2.0
#include "server/http/format.h"

#include <doctest/doctest.h>

using namespace server::http;

TEST_SUITE("server/http/format") {
    TEST_CASE("JSON unless something else is asked for") {
        CHECK(wanted("", "")->format == Format::json);
        CHECK(wanted("", "*/*")->format == Format::json);
        CHECK(wanted("", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")->format == Format::json);
        CHECK(wanted("", "application/fhir+xml")->format == Format::xml);
        CHECK(wanted("", "application/fhir+json;q=0.4, application/fhir+xml;q=0.9")->format == Format::xml);
        CHECK(wanted("", "application/fhir+json; fhirVersion=4.0")->format == Format::json);
    }
    TEST_CASE("_format wins over Accept, in its short and long forms") {
        CHECK(wanted("_format=xml", "application/fhir+json")->format == Format::xml);
        CHECK(wanted("a=b&_format=application/fhir+xml", "")->format == Format::xml);
        CHECK(wanted("_format=application%2Ffhir%2Bjson&_pretty=true", "text/xml")->pretty);
        CHECK_FALSE(wanted("_format=exe", ""));
    }
    TEST_CASE("A-28 what we cannot make is refused; what makes no sense counts as anything") {
        CHECK_FALSE(wanted("", "application/pdf"));
        CHECK_FALSE(wanted("", "application/fhir+json;fhirVersion=3.0"));
        CHECK(wanted("", ";;;")->format == Format::json);
        CHECK(wanted("", "/")->format == Format::json);
        CHECK(wanted("", "application/")->format == Format::json);
    }
    TEST_CASE("A-27 a body says what it is") {
        CHECK(*sent("application/fhir+json; charset=utf-8") == Format::json);
        CHECK(*sent("text/xml") == Format::xml);
        CHECK_FALSE(sent(""));
        CHECK_FALSE(sent("text/plain"));
        CHECK_FALSE(sent("application/fhir+json; charset=utf-16"));
        CHECK_FALSE(sent("application/fhir+json; fhirVersion=5.0"));
    }
}
