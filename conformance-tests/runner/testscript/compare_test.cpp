// SPDX-License-Identifier: Apache-2.0
#include "runner/testscript/compare.h"

#include "runner/testing.h"
#include "runner/testscript/subset.h"

#include <doctest/doctest.h>

using namespace runner;
using namespace runner::testscript;
using Texts = std::vector<std::string>;

namespace {

bool holds(const Texts& found, std::string_view relation, const Texts& wanted = {}) { return compare(found, relation, wanted).verdict == Verdict::pass; }

std::string missing(std::string_view wanted, std::string_view found) {
    const auto a = runner::testing::knowledge().read(wanted), b = runner::testing::knowledge().read(found);
    REQUIRE(a);
    REQUIRE(b);
    return lacking(a->root(), b->root());
}

}  // namespace

TEST_SUITE("runner/testscript/compare") {
    TEST_CASE("each operator says what it says") {
        CHECK(holds({"a"}, "equals", {"a"}));
        CHECK(holds({"a", "b"}, "", {"b"}));
        CHECK(holds({"1.0"}, "equals", {"1"}));
        CHECK_FALSE(holds({}, "equals", {"a"}));
        CHECK_FALSE(holds({"a"}, "equals", {"a", "b"}));
        CHECK_FALSE(holds({"a"}, "equals", {}));
        CHECK(holds({"b", "a"}, "equals", {"a", "b"}));
        CHECK_FALSE(holds({"a", "b", "c"}, "equals", {"a", "b"}));
        CHECK_FALSE(holds({"007"}, "equals", {"7"}));
        CHECK_FALSE(holds({"01234"}, "in", {"1234,5678"}));
        CHECK(holds({"0.50"}, "equals", {"0.5"}));
        CHECK(holds({"a"}, "notEquals", {"b"}));
        CHECK_FALSE(holds({"a", "b"}, "notEquals", {"b"}));
        CHECK(holds({"200"}, "in", {"200, 201"}));
        CHECK_FALSE(holds({"20"}, "in", {"200,201"}));
        CHECK(holds({"404"}, "notIn", {"200,201"}));
        CHECK_FALSE(holds({"201"}, "notIn", {"200,201"}));
        CHECK(holds({"10"}, "greaterThan", {"9"}));
        CHECK_FALSE(holds({"9"}, "greaterThan", {"9"}));
        CHECK(holds({"2024-01-02"}, "lessThan", {"2024-01-10"}));
        CHECK(holds({"2024-01-02T09:30:00Z"}, "greaterThan", {"2024-01-02T10:00:00+02:00"}));
        CHECK_FALSE(holds({"2024-01-02T09:30:00Z"}, "lessThan", {"2024-01-02T10:00:00+02:00"}));
        CHECK_FALSE(holds({"2024-01-02"}, "greaterThan", {"2024-01"}));
        CHECK(holds({"1980-01-02"}, "greaterThan", {"1979"}));
        CHECK(compare({"a"}, "lessThan", {"b"}).verdict == Verdict::error);
        CHECK(compare({"2024-13-77"}, "lessThan", {"2025-01-01"}).verdict == Verdict::error);
        CHECK(holds({}, "empty"));
        CHECK(holds({""}, "empty"));
        CHECK_FALSE(holds({"a"}, "empty"));
        CHECK(holds({"a"}, "notEmpty"));
        CHECK(holds({"application/fhir+xml"}, "contains", {"xml"}));
        CHECK(holds({"a"}, "notContains", {"b"}));
        CHECK(compare({"b"}, "equals", {"a"}).message == "'b' where 'a' was expected");
        CHECK(compare({"b"}, "about", {"a"}).verdict == Verdict::limit);
    }

    TEST_CASE("a resource holds another when all of that is there, in any order of lists") {
        const char* whole = R"({"resourceType":"Patient","id":"p","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a  b</div>"},
            "name":[{"family":"Ng","given":["Anna","Mia"]},{"family":"Oh"}],"birthDate":"2000-01-01"})";
        CHECK(missing(R"({"resourceType":"Patient","name":[{"family":"Oh"}]})", whole).empty());
        CHECK(missing(R"({"resourceType":"Patient","name":[{"family":"Oh"},{"given":["Mia"]}]})", whole).empty());
        CHECK(missing(R"({"resourceType":"Patient","text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a\nb</div>"}})", whole).empty());
        CHECK(missing(R"({"resourceType":"Patient","name":[{"family":"Oh"},{"family":"Oh"}]})", whole) == "Patient.name[1]");
        CHECK(missing(R"({"resourceType":"Patient","birthDate":"2000-01-02"})", whole) == "Patient.birthDate");
        CHECK(missing(R"({"resourceType":"Patient","active":true})", whole) == "Patient.active");
        CHECK(missing(R"({"resourceType":"Person","id":"p"})", whole) == "Person");
        CHECK(missing(R"({"resourceType":"Patient","_birthDate":{"id":"b"}})", whole) == "Patient.birthDate.id");
        // An item that fits two does not take the one that another needs.
        CHECK(missing(R"({"resourceType":"Patient","name":[{"family":"A"},{"family":"A","given":["B"]}]})",
                      R"({"resourceType":"Patient","name":[{"family":"A","given":["B"]},{"family":"A"}]})").empty());
    }
}
