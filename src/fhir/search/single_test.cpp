// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/single.h"

#include "fhir/testing.h"

#include <doctest/doctest.h>

using fhir::search::gives_one_value;

TEST_SUITE("fhir/search/single") {
    TEST_CASE("a path of which nothing repeats gives one value") {
        const auto& schema = fhir::testing::r4();
        CHECK(gives_one_value("Observation.effective", "Observation", schema));
        CHECK(gives_one_value("AllergyIntolerance.recordedDate | Observation.effective | (Procedure.performed)", "Observation", schema));
        CHECK(gives_one_value("Patient.birthDate | Person.birthDate", "Patient", schema));
        CHECK(gives_one_value("Condition.onset.as(dateTime) | Condition.onset.as(Period)", "Condition", schema));
        CHECK(gives_one_value("(Patient.deceased as dateTime)", "Patient", schema));
    }
    TEST_CASE("what repeats, branches or cannot be told gives several") {
        const auto& schema = fhir::testing::r4();
        CHECK_FALSE(gives_one_value("Patient.name.period", "Patient", schema));
        CHECK_FALSE(gives_one_value("Procedure.performed | Procedure.extension.value", "Procedure", schema));
        CHECK_FALSE(gives_one_value("Goal.start | Goal.target.due", "Goal", schema));
        CHECK_FALSE(gives_one_value("Observation.effective", "Patient", schema));
        CHECK_FALSE(gives_one_value("Resource.meta.lastUpdated", "Patient", schema));
        CHECK_FALSE(gives_one_value("Observation.where(status = 'final').effective", "Observation", schema));
        CHECK_FALSE(gives_one_value("", "Observation", schema));
    }
}
