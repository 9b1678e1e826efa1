// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/parse.h"
#include "fhir/search/position.h"
#include "fhir/testing.h"

#include <doctest/doctest.h>

using namespace fhir;
using namespace fhir::search;

namespace {

base::Result<Query> ask(std::string_view type, const std::string& name, const std::string& value, bool units = true) {
    ParseOptions options;
    if (units) options.units = &fhir::testing::units();
    return parse(type, {{name, value}}, fhir::testing::r4_parameters(), fhir::testing::r4(), options);
}

Value one(std::string_view type, const std::string& name, const std::string& value, bool units = true) {
    auto query = ask(type, name, value, units);
    if (!query) FAIL(query.fault().text);
    REQUIRE(query->clauses.size() == 1);
    REQUIRE(query->clauses[0].any_of.size() == 1);
    return query->clauses[0].any_of[0];
}

}  // namespace

TEST_SUITE("fhir/search/read_value") {
    TEST_CASE("each modifier fits the types that R4 gives it") {
        struct Row {
            const char* name;
            const char* value;
            bool fits;
        };
        const Row rows[] = {
            {"code:text", "x", true},          {"code:in", "http://v.org", true},      {"code:not-in", "http://v.org", true}, {"code:above", "s|x", true},
            {"code:below", "s|x", true},       {"code:of-type", "s|MR|1", true},       {"code:of-type", "MR|1", false},       {"code:of-type", "s||1", false},
            {"code:of-type", "s|MR|", false},  {"code:identifier", "s|1", false},      {"code:exact", "x", false},            {"code:contains", "x", false},
            {"subject:identifier", "s|1", true}, {"subject:identifier", "s|1|2", false}, {"subject:text", "x", false},        {"subject:below", "Patient/1", false},
            {"subject:below", "http://a.org", true}, {"subject:not", "1", false},      {"date:above", "2024", false},         {"date:not", "2024", false},
            {"value-quantity:in", "1", false}, {"value-string:text", "x", false},      {"value-string:in", "x", false},       {"_profile:below", "http://a", true},
            {"_profile:above", "http://a", true}, {"_profile:exact", "http://a", false}, {"_id:not", "1", true},              {"_id:text", "1", false},
            {"_id:in", "1", false},            {"_content:exact", "x", false},         {"_content:missing", "true", true},    {"_text", "a AND", true},
            {"_text", "(a", false},            {"code-value-quantity:not", "a$1", false}};
        for (const Row& row : rows) {
            INFO(row.name << "=" << row.value);
            CHECK(bool(ask("Observation", row.name, row.value)) == row.fits);
        }
    }
    TEST_CASE("a quantity in a UCUM unit is read in base units too, range and all") {
        const Value value = one("Observation", "value-quantity", "5.4|http://unitsofmeasure.org|mg");
        REQUIRE(value.measure);
        CHECK(value.measure->unit == "g");
        CHECK(value.measure->exact == 0.0054);
        CHECK(value.measure->low == 0.00535);
        CHECK(value.measure->high == 0.00545);
        CHECK(value.low == 5.35);
        CHECK_FALSE(one("Observation", "value-quantity", "5.4|http://unitsofmeasure.org|mg", false).measure);
        CHECK_FALSE(one("Observation", "value-quantity", "5.4||mg").measure);
        CHECK_FALSE(one("Observation", "value-quantity", "5.4|http://unitsofmeasure.org|nonsense").measure);
        CHECK_FALSE(one("Observation", "value-quantity", "5.4|http://other.org|mg").measure);
        CHECK_FALSE(one("Observation", "value-quantity", "7.4|http://unitsofmeasure.org|[pH]").measure);
        const Value large = one("Observation", "value-quantity", "1e30|http://unitsofmeasure.org|kg");
        REQUIRE(large.measure);
        CHECK(large.measure->exact == 1e33);
    }
    TEST_CASE("about a number is widened to a tenth of it, to both sides") {
        const Value value = one("RiskAssessment", "probability", "ap-10.0");
        CHECK(value.low == -11);
        CHECK(value.high == -9);
        CHECK(one("RiskAssessment", "probability", "ap1").low == 0.5);
    }
    TEST_CASE("a place has a latitude, a longitude, perhaps a distance and its unit") {
        const Value value = one("Location", "near", "-83.694810|42.256500|11.20|km");
        CHECK(value.low == -83.694810);
        CHECK(value.high == 42.256500);
        CHECK(value.exact == 11.2);
        CHECK(one("Location", "near", "1|2").exact == default_distance_km);
        CHECK(one("Location", "near", "1|2|3").exact == 3);
        CHECK(one("Location", "near", "1|2|300|m").exact == doctest::Approx(0.3));
        CHECK(one("Location", "near", "1|2|1|[mi_us]").exact == doctest::Approx(1.609347));
        CHECK(one("Location", "near", "1|2|1|[ft_i]").exact == doctest::Approx(0.0003048));
        for (const char* text : {"1", "91|2", "1|181", "x|2", "1|2|-1", "1|2|x", "1|2|3|kg", "1|2||km", "1|2|3|nonsense", "1|2|3|km|4"})
            CHECK_FALSE(ask("Location", "near", text));
        CHECK_FALSE(ask("Location", "near", "1|2|3|[mi_i]", false));
    }
    TEST_CASE("what stands for codes keeps its text and waits") {
        for (const char* name : {"code:in", "code:not-in", "code:below", "code:above"}) {
            const auto query = ask("Observation", name, "http://a.org\\|b|c");
            REQUIRE(query);
            CHECK_FALSE(query->clauses[0].resolved);
            CHECK(query->clauses[0].any_of[0].text == "http://a.org|b|c");
        }
        const Value below = one("Observation", "code:below", "http://a.org|c");
        CHECK(below.system == "http://a.org");
        CHECK(below.code == "c");
    }
}
