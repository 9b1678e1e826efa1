// SPDX-License-Identifier: Apache-2.0
#include "runner/scenario/words.h"

#include <doctest/doctest.h>

using namespace runner::scenario;

TEST_SUITE("runner/scenario/words") {
    TEST_CASE("variables are put in, percent-encoded where that is asked") {
        const runner::Variables variables{{"id", "p1"}, {"when", "2024-01-01T00:00:00+01:00"}};
        CHECK(*fill("/Patient/${id}/x${id}", variables) == "/Patient/p1/xp1");
        CHECK(*fill("_since=${when:url}", variables) == "_since=2024-01-01T00%3A00%3A00%2B01%3A00");
        CHECK(*fill("no ${ end", variables) == "no ${ end");
        CHECK(fill("${nobody}", variables).fault().text == "there is no variable nobody");
    }

    TEST_CASE("a title becomes a name that is safe everywhere") {
        CHECK(slug("A search: ${run}, ångström!") == "a-search-run-ngstr-m");
        CHECK(slug("???") == "test");
        CHECK(slug(std::string(300, 'x')).size() == 100);
    }

    TEST_CASE("an address tells the resource, however it is written") {
        CHECK(reference_of("http://h/fhir/Patient/p1/_history/2") == "Patient/p1");
        CHECK(reference_of("Patient/p1") == "Patient/p1");
        CHECK(reference_of("/Patient/p1?x=y") == "Patient/p1");
        CHECK(reference_of("Patient").empty());
        CHECK(reference_of("http://h/fhir/$convert").empty());
    }

    TEST_CASE("what is long is cut between characters, on one line") {
        CHECK(shortened("a\r\nb") == "a  b");
        CHECK(shortened("aåå", 4) == "aå…");
        CHECK(shortened("aåå", 5) == "aåå");
    }
}
