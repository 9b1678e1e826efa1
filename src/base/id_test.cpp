// SPDX-License-Identifier: Apache-2.0
#include "base/id.h"

#include <doctest/doctest.h>

TEST_SUITE("base/id") {
    TEST_CASE("a new id is a valid FHIR id that sorts by time") {
        const std::string early = base::new_id(1'000'000'000'000'000);
        const std::string late = base::new_id(1'000'000'000'001'000);
        CHECK(base::valid_id(early));
        CHECK(early.size() == 36);
        CHECK(early[14] == '7');
        CHECK(early < late);
    }
    TEST_CASE("a derived id depends on space and name, and on nothing else") {
        CHECK(base::derived_id("Patient", "A|1") == base::derived_id("Patient", "A|1"));
        CHECK(base::derived_id("Patient", "A|1") != base::derived_id("Observation", "A|1"));
        CHECK(base::valid_id(base::derived_id("", "")));
    }
    TEST_CASE("ids outside the standard's alphabet are refused") {
        CHECK_FALSE(base::valid_id(""));
        CHECK_FALSE(base::valid_id("../x"));
        CHECK_FALSE(base::valid_id("a_b"));
        CHECK_FALSE(base::valid_id(std::string(65, 'a')));
    }
    TEST_CASE("instants and HTTP dates are written as their standards say") {
        CHECK(base::instant(1'714'564'800'123'456) == "2024-05-01T12:00:00.123Z");
        CHECK(base::http_date(784'111'777'000'000) == "Sun, 06 Nov 1994 08:49:37 GMT");
        CHECK(base::days_from_civil(2000, 3, 1) == 11017);
    }
}
