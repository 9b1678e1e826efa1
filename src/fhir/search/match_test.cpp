// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/match.h"

#include "fhir/codec/json.h"
#include "fhir/search/extract.h"
#include "fhir/search/parse.h"
#include "fhir/testing.h"

#include <doctest/doctest.h>

using namespace fhir;
using namespace fhir::search;

namespace {

using fhir::testing::r4;

const Parameters& parameters() { return fhir::testing::r4_parameters(); }

constexpr base::Micros day = 86'400'000'000;
base::Micros noon_2024() { return base::days_from_civil(2024, 5, 1) * day + day / 2; }

bool fits(std::string_view json, std::string_view url) {
    const auto document = codec::read_json(json, r4().names());
    REQUIRE(document);
    base::Findings findings;
    const auto index = extract(document->root(), parameters(), r4(), findings);
    const auto pairs = read_query_string(url);
    REQUIRE(pairs);
    ParseOptions options;
    options.now = noon_2024();
    const auto query = parse(document->root().resource_type(), *pairs, parameters(), r4(), options);
    if (!query) FAIL(url << ": " << query.fault().text);
    return matches(*query, index, document->root().text("id"_name), noon_2024());
}

std::string born(const std::string& date) { return R"({"resourceType":"Patient","birthDate":")" + date + R"("})"; }
std::string during(const std::string& start, const std::string& end) {
    return R"({"resourceType":"Encounter","period":{)" + (start.empty() ? "" : R"("start":")" + start + "\"") +
           (start.empty() || end.empty() ? "" : ",") + (end.empty() ? "" : R"("end":")" + end + "\"") + "}}";
}
std::string chance(const std::string& number) {
    return R"({"resourceType":"RiskAssessment","prediction":[{"probabilityDecimal":)" + number + "}]}";
}
std::string weight(const std::string& rest) { return R"({"resourceType":"Observation","valueQuantity":{)" + rest + "}}"; }

}  // namespace

TEST_SUITE("fhir/search/match") {
    TEST_CASE("a string is found by its beginning, ignoring case and accents") {
        const char* patient = R"({"resourceType":"Patient","name":[{"family":"Ångström","given":["Eve","Ann"]}]})";
        CHECK(fits(patient, "name=ang"));
        CHECK(fits(patient, "family=ÅNG"));
        CHECK(fits(patient, "given=ann"));
        CHECK_FALSE(fits(patient, "name=strom"));
        CHECK(fits(patient, "name:contains=STROM"));
        CHECK(fits(patient, "family:exact=Ångström"));
        CHECK_FALSE(fits(patient, "family:exact=ångström"));
        CHECK_FALSE(fits(patient, "family:exact=Ångstr"));
        CHECK_FALSE(fits(patient, "family=100%25"));
        CHECK_FALSE(fits(patient, "family=_ngst"));
    }
    TEST_CASE("of the values of one parameter any may fit, of several parameters all must") {
        const char* patient = R"({"resourceType":"Patient","gender":"male","name":[{"given":["Eve","Ann"]}]})";
        CHECK(fits(patient, "gender=female,male"));
        CHECK_FALSE(fits(patient, "gender=female,other"));
        CHECK(fits(patient, "given=eve&given=ann"));
        CHECK_FALSE(fits(patient, "given=eve&given=bob"));
        CHECK_FALSE(fits(patient, "gender=male&given=bob"));
        CHECK(fits(patient, ""));
    }
    TEST_CASE("a token fits by code, by system and code, without system, by system alone") {
        const char* patient = R"({"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":"42"},{"value":"7"}]})";
        CHECK(fits(patient, "identifier=42"));
        CHECK(fits(patient, "identifier=urn:mrn|42"));
        CHECK(fits(patient, "identifier=urn:mrn|"));
        CHECK(fits(patient, "identifier=|7"));
        CHECK_FALSE(fits(patient, "identifier=|42"));
        CHECK_FALSE(fits(patient, "identifier=urn:mrn|7"));
        CHECK_FALSE(fits(patient, "identifier=urn:other|"));
        CHECK_FALSE(fits(patient, "identifier=4"));
        CHECK(fits(R"({"resourceType":"Patient","gender":"male"})", "gender=http://hl7.org/fhir/administrative-gender|male"));
        CHECK(fits(R"({"resourceType":"Patient","active":true})", "active=true"));
    }
    TEST_CASE(":not turns the whole parameter round, and what has none fits") {
        const char* patient = R"({"resourceType":"Patient","identifier":[{"value":"1"},{"value":"2"}]})";
        CHECK_FALSE(fits(patient, "identifier:not=1"));
        CHECK_FALSE(fits(patient, "identifier:not=3,2"));
        CHECK(fits(patient, "identifier:not=3"));
        CHECK(fits(patient, "gender:not=male"));
    }
    TEST_CASE(":missing asks whether there is a value") {
        const char* patient = R"({"resourceType":"Patient","gender":"male"})";
        CHECK(fits(patient, "gender:missing=false"));
        CHECK_FALSE(fits(patient, "gender:missing=true"));
        CHECK(fits(patient, "birthdate:missing=true"));
        CHECK(fits(patient, "_id:missing=false"));
        CHECK_FALSE(fits(patient, "birthdate:missing=false"));
        CHECK(fits(R"({"resourceType":"Observation","subject":{"identifier":{"value":"1"}}})", "subject:missing=false"));
    }
    TEST_CASE("a date equals when the asked interval contains it") {
        CHECK(fits(born("2024-05-01"), "birthdate=2024-05-01"));
        CHECK(fits(born("2024-05-01"), "birthdate=2024-05"));
        CHECK(fits(born("2024-05-01"), "birthdate=2024"));
        CHECK_FALSE(fits(born("2024"), "birthdate=2024-05-01"));
        CHECK_FALSE(fits(born("2024"), "birthdate=2023"));
        CHECK(fits(born("2024"), "birthdate=ne2024-05-01"));
        CHECK_FALSE(fits(born("2024-05-01"), "birthdate=ne2024"));
        CHECK_FALSE(fits(during("2024-05-01", ""), "date=2024"));
        CHECK(fits(during("2024-05-01", "2024-05-03"), "date=2024-05"));
    }
    TEST_CASE("greater and less look at the part of the time that lies beyond") {
        CHECK(fits(born("2024-05-02"), "birthdate=gt2024-05-01"));
        CHECK_FALSE(fits(born("2024-05-01"), "birthdate=gt2024-05-01"));
        CHECK(fits(born("2024-05-01"), "birthdate=ge2024-05-01"));
        CHECK(fits(born("2024-05-01"), "birthdate=le2024-05-01"));
        CHECK_FALSE(fits(born("2024-05-01"), "birthdate=lt2024-05-01"));
        CHECK(fits(born("2024-04-30"), "birthdate=lt2024-05-01"));
        CHECK(fits(born("2024"), "birthdate=gt2024-05-01"));  // a part of that year lies behind
        CHECK(fits(born("2024"), "birthdate=lt2024-05-01"));
        CHECK_FALSE(fits(born("2024"), "birthdate=gt2024"));
        CHECK(fits(during("2024-05-01", ""), "date=gt2030"));
        CHECK(fits(during("", "2024-05-01"), "date=lt1900"));
        CHECK_FALSE(fits(during("", "2024-05-01"), "date=gt2024-05-01"));
        CHECK(fits(during("", "2024-05-01"), "date=gt2024-04-30"));
        CHECK(fits(during("2024-05-01", "2024-05-03"), "date=ge2024-05-02"));
        CHECK(fits(during("2024-05-01", "2024-05-03"), "date=le2024-05-02"));
    }
    TEST_CASE("starts after and ends before want the whole time on one side") {
        CHECK(fits(during("2024-05-02", ""), "date=sa2024-05-01"));
        CHECK_FALSE(fits(during("2024-05-01", ""), "date=sa2024-05-01"));
        CHECK(fits(during("", "2024-04-30"), "date=eb2024-05-01"));
        CHECK_FALSE(fits(during("", "2024-05-01"), "date=eb2024-05-01"));
        CHECK_FALSE(fits(born("2024"), "birthdate=sa2024-05-01"));
        CHECK(fits(born("2025"), "birthdate=sa2024"));
    }
    TEST_CASE("about a date is wider the farther it is away") {
        CHECK(fits(born("2013-10-01"), "birthdate=ap2014-05-01"));
        CHECK_FALSE(fits(born("2012-10-01"), "birthdate=ap2014-05-01"));
        CHECK(fits(born("2024-05-01"), "birthdate=ap2024-05-01"));
        CHECK_FALSE(fits(born("2024-04-28"), "birthdate=ap2024-05-01"));
    }
    TEST_CASE("a time zone moves the interval") {
        const char* observation = R"({"resourceType":"Observation","effectiveDateTime":"2024-05-01T23:30:00-02:00"})";
        CHECK(fits(observation, "date=2024-05-02"));
        CHECK_FALSE(fits(observation, "date=2024-05-01"));
        CHECK(fits(observation, "date=2024-05-02T03:30:00%2B02:00"));
        CHECK(fits(observation, "date=2024-05-02T01:30"));
    }
    TEST_CASE("a number equals within the precision of its digits") {
        CHECK(fits(chance("0.84"), "probability=0.8"));
        CHECK(fits(chance("0.75"), "probability=0.8"));
        CHECK_FALSE(fits(chance("0.85"), "probability=0.8"));
        CHECK_FALSE(fits(chance("0.84"), "probability=0.80"));
        CHECK(fits(chance("0.84"), "probability=ne0.80"));
        CHECK(fits(chance("0.84"), "probability=gt0.8"));
        CHECK_FALSE(fits(chance("0.8"), "probability=gt0.8"));
        CHECK(fits(chance("0.8"), "probability=ge0.8"));
        CHECK(fits(chance("0.8"), "probability=le0.80"));
        CHECK_FALSE(fits(chance("0.8"), "probability=lt0.8"));
        CHECK(fits(chance("0.85"), "probability=ap0.8"));
        CHECK_FALSE(fits(chance("0.95"), "probability=ap0.8"));
        CHECK(fits(chance("0.9"), "probability=sa0.8"));
        CHECK(fits(chance("0.7"), "probability=eb0.8"));
        CHECK(fits(chance("97"), "probability=1e2"));
    }
    TEST_CASE("a quantity fits by number and unit") {
        const std::string mg = weight(R"("value":5.4,"unit":"milligram","system":"http://unitsofmeasure.org","code":"mg")");
        CHECK(fits(mg, "value-quantity=5.4"));
        CHECK(fits(mg, "value-quantity=5.4||mg"));
        CHECK(fits(mg, "value-quantity=5.4||milligram"));
        CHECK(fits(mg, "value-quantity=5.4|http://unitsofmeasure.org|mg"));
        CHECK(fits(mg, "value-quantity=gt5|http://unitsofmeasure.org|mg"));
        CHECK_FALSE(fits(mg, "value-quantity=5.4||g"));
        CHECK_FALSE(fits(mg, "value-quantity=5.4|http://other.org|mg"));
        CHECK_FALSE(fits(mg, "value-quantity=5.40001"));
    }
    TEST_CASE("a quantity with a comparator is anything beyond its number") {
        const std::string below = weight(R"("value":5,"comparator":"<")");
        CHECK(fits(below, "value-quantity=lt3"));
        CHECK_FALSE(fits(below, "value-quantity=gt6"));
        CHECK_FALSE(fits(below, "value-quantity=5"));
        CHECK(fits(weight(R"("value":5,"comparator":">")"), "value-quantity=gt100"));
    }
    TEST_CASE("a reference fits by id, by type and id, by address") {
        const char* observation = R"({"resourceType":"Observation","subject":{"reference":"Patient/23"}})";
        CHECK(fits(observation, "subject=Patient/23"));
        CHECK(fits(observation, "subject=23"));
        CHECK(fits(observation, "subject:Patient=23"));
        CHECK(fits(observation, "patient=23"));
        CHECK_FALSE(fits(observation, "subject:Group=23"));
        CHECK_FALSE(fits(observation, "subject=Group/23"));
        CHECK_FALSE(fits(observation, "subject=2"));
        CHECK_FALSE(fits(observation, "subject=http://a.org/fhir/Patient/23"));
        const char* foreign = R"({"resourceType":"Observation","subject":{"reference":"http://a.org/fhir/Patient/23"}})";
        CHECK(fits(foreign, "subject=http://a.org/fhir/Patient/23"));
        CHECK_FALSE(fits(foreign, "subject=Patient/23"));
    }
    TEST_CASE("an address fits as it stands, a canonical with or without version") {
        const char* set = R"({"resourceType":"ValueSet","url":"http://a.org/v","meta":{"profile":["http://a.org/p|2"]}})";
        CHECK(fits(set, "url=http://a.org/v"));
        CHECK_FALSE(fits(set, "url=http://a.org/"));
        CHECK_FALSE(fits(set, "url=HTTP://A.ORG/V"));
        CHECK(fits(set, "_profile=http://a.org/p"));
        CHECK(fits(set, "_profile=http://a.org/p|2"));
        CHECK_FALSE(fits(set, "_profile=http://a.org/p|3"));
    }
    TEST_CASE("the halves of a composite come from one element") {
        const char* pressure = R"({"resourceType":"Observation","code":{"coding":[{"code":"bp"}]},"component":[
            {"code":{"coding":[{"code":"sys"}]},"valueQuantity":{"value":120}},
            {"code":{"coding":[{"code":"dia"}]},"valueQuantity":{"value":80}}]})";
        CHECK(fits(pressure, "component-code-value-quantity=sys$120"));
        CHECK(fits(pressure, "component-code-value-quantity=dia$lt90"));
        CHECK_FALSE(fits(pressure, "component-code-value-quantity=sys$80"));
        CHECK(fits(pressure, "component-code-value-quantity=sys$80,dia$80"));
        CHECK(fits(pressure, "combo-code-value-quantity=sys$gt100"));
        CHECK_FALSE(fits(pressure, "code-value-quantity=bp$120"));
    }
    TEST_CASE("id and time of change are clauses like others") {
        const char* patient = R"({"resourceType":"Patient","id":"p1"})";
        CHECK(fits(patient, "_id=p1"));
        CHECK(fits(patient, "_id=p0,p1"));
        CHECK_FALSE(fits(patient, "_id=p"));
        CHECK(fits(patient, "_lastUpdated=2024-05-01"));
        CHECK(fits(patient, "_lastUpdated=gt2024-04-30"));
        CHECK(fits(patient, "_lastUpdated=2024-05-01T12:00:00.000Z"));
        CHECK_FALSE(fits(patient, "_lastUpdated=lt2024-05-01"));
    }
    TEST_CASE("sorting takes the smallest value going up, the largest going down, and puts what has none last") {
        const auto document = codec::read_json(R"({"resourceType":"Patient","id":"p","birthDate":"2000","name":[{"family":"Be"},{"family":"Ce"}]})", r4().names());
        REQUIRE(document);
        base::Findings findings;
        const auto index = extract(document->root(), parameters(), r4(), findings);
        const SortKey up{parameters().find("Patient", "family"), false};
        const SortKey down{parameters().find("Patient", "family"), true};
        CHECK(sort_value(up, index, "p", 7).text == "be");
        CHECK(sort_value(down, index, "p", 7).text == "ce");
        CHECK(sort_value({parameters().find("Patient", "birthdate"), false}, index, "p", 7).time == base::days_from_civil(2000, 1, 1) * day);
        CHECK(sort_value({parameters().find("Patient", "_id"), false}, index, "p", 7).text == "p");
        CHECK(sort_value({parameters().find("Patient", "_lastUpdated"), false}, index, "p", 7).time == 7);
        const SortValue none = sort_value({parameters().find("Patient", "gender"), false}, index, "p", 7);
        CHECK_FALSE(none.present);
        const SortValue be{true, "be", 0, 0};
        const SortValue ce{true, "ce", 0, 0};
        CHECK(sorts_before(up, be, ce));
        CHECK(sorts_before(down, ce, be));
        CHECK(sorts_before(up, be, none));
        CHECK(sorts_before(down, be, none));
        CHECK_FALSE(sorts_before(down, none, be));
        CHECK_FALSE(sorts_before(up, none, none));
    }
}
