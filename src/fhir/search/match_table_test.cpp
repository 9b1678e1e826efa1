// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/json.h"
#include "fhir/search/extract.h"
#include "fhir/search/match.h"
#include "fhir/search/parse.h"
#include "fhir/testing.h"

#include <doctest/doctest.h>

// Every type of parameter under every modifier and prefix: what fits, and what nearly does.

using namespace fhir;
using namespace fhir::search;

namespace {

struct Case {
    const char* url;
    bool fits;
};

const Parameters& parameters() { return fhir::testing::r4_parameters(); }

void check(std::string_view json, std::initializer_list<Case> cases) {
    const auto& schema = fhir::testing::r4();
    const auto document = codec::read_json(json, schema.names());
    REQUIRE(document);
    base::Findings findings;
    const auto index = extract(document->root(), parameters(), schema, findings, {.units = &fhir::testing::units()});
    for (const Case& one : cases) {
        INFO(std::string(one.url));
        const auto pairs = read_query_string(one.url);
        REQUIRE(pairs);
        ParseOptions options;
        options.now = 1'714'564'800'000'000;  // 2024-05-01T12:00:00Z
        options.units = &fhir::testing::units();
        const auto query = parse(document->root().resource_type(), *pairs, parameters(), schema, options);
        if (!query) FAIL_CHECK(query.fault().text);
        else CHECK(matches(*query, index, document->root().text("id"_name), options.now) == one.fits);
    }
}

}  // namespace

TEST_SUITE("fhir/search/match_table") {
    TEST_CASE("token: codes whatever their case, with and without system") {
        check(R"({"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"Abc","display":"Body-weight, total"},{"code":"local"}],"text":"Gewicht"}})",
              {{"code=abc", true},
               {"code=ABC", true},
               {"code=http://loinc.org|aBC", true},
               {"code=HTTP://loinc.org|abc", false},
               {"code=http://loinc.org|", true},
               {"code=http://other.org|", false},
               {"code=|local", true},
               {"code=|abc", false},
               {"code=ab", false},
               {"code=x,abc", true},
               {"status=FINAL", true},
               {"status=http://hl7.org/fhir/observation-status|final", true},
               {"code:not=abc", false},
               {"code:not=x", true},
               {"code:not=x,ABC", false},
               {"category:not=x", true},
               {"code:missing=false", true},
               {"category:missing=true", true},
               {"code:text=gewicht", true},
               {"code:text=Body weight", false},
               {"code:text=bodyweight tot", true},
               {"code:text=weight", false},
               {"code:text=abc", false},
               {"category:text=a", false}});
    }
    TEST_CASE("token: identifiers as they are written, by type, in references") {
        check(R"({"resourceType":"Patient","identifier":[{"system":"urn:mrn","value":"a1","type":{"text":"Krankenakte","coding":[{"system":"http://t.org","code":"MR","display":"Medical record"}]}}],
                 "managingOrganization":{"identifier":{"system":"urn:o","value":"X9"}},"telecom":[{"value":"A@b.c"}]})",
              {{"identifier=a1", true},
               {"identifier=A1", false},
               {"identifier=urn:mrn|a1", true},
               {"identifier=urn:mrn|A1", false},
               {"identifier:text=krankenakte", true},
               {"identifier:text=medical", false},
               {"identifier:text=record", false},
               {"identifier:of-type=http://t.org|MR|a1", true},
               {"identifier:of-type=http://t.org|mr|a1", true},
               {"identifier:of-type=|MR|a1", true},
               {"identifier:of-type=http://t.org|MR|A1", false},
               {"identifier:of-type=http://t.org|DL|a1", false},
               {"identifier:of-type=http://u.org|MR|a1", false},
               {"identifier=http://t.org|", false},
               {"organization:identifier=urn:o|X9", true},
               {"organization:identifier=X9", true},
               {"organization:identifier=urn:o|", true},
               {"organization:identifier=urn:o|x9", false},
               {"organization:identifier=|X9", false},
               {"organization=X9", false},
               {"organization:missing=false", true},
               {"telecom=a@B.c", true}});
    }
    TEST_CASE("token: one key for values of both kinds") {
        check(R"({"resourceType":"MessageHeader","eventUri":"urn:A"})", {{"event=urn:A", true}, {"event=urn:a", false}});
        check(R"({"resourceType":"MessageHeader","eventUri":"urn:a"})", {{"event=urn:A", false}});
        check(R"({"resourceType":"MessageHeader","eventCoding":{"code":"A01"}})", {{"event=a01", true}, {"event=A01", true}, {"event=A02", false}});
    }
    TEST_CASE("string: begins, contains, exactly") {
        check(R"({"resourceType":"Patient","name":[{"family":"O'Brien-Øre","given":["Zoë  Ann"]}],"address":[{"line":["Hauptstraße 5"],"city":"İzmir"}]})",
              {{"family=obrien", true},
               {"family=O%E2%80%99Brien", true},
               {"family=o brien", false},
               {"family=brien", false},
               {"family:contains=brienore", true},
               {"family:contains=xyz", false},
               {"family:exact=O'Brien-Øre", true},
               {"family:exact=O'Brien-Ore", false},
               {"given=ZOE%20ANN", true},
               {"given=zoe%20%20%20a", true},
               {"given:exact=Zoë Ann", false},
               {"given:exact=Zoë  Ann", true},
               {"address=hauptstrasse", true},
               {"address=HAUPTSTRASSE 5", true},
               {"address-city=izmir", true},
               {"address-city=izmit", false},
               {"name=zoe", true},
               {"family=x\\,obrien", false},
               {"family=x,obrien", true},
               {"phonetic=obrien", true}});
        check(R"({"resourceType":"Patient","name":[{"family":"山田","given":["太郎"]}]})", {{"family=山", true}, {"family=田", false}, {"name:contains=郎", true}});
    }
    TEST_CASE("date: every prefix against a day, a month and a period") {
        check(R"({"resourceType":"Encounter","period":{"start":"2024-03-10T10:00:00Z","end":"2024-03-12T10:00:00+02:00"}})",
              {{"date=2024-03", true},       {"date=eq2024-03-10", false},  {"date=ne2024-03-10", true},  {"date=ne2024", false},
               {"date=gt2024-03-11", true},  {"date=gt2024-03-12", false},  {"date=lt2024-03-11", true},  {"date=lt2024-03-10", false},
               {"date=ge2024-03-11", true},  {"date=ge2024-03-13", false},  {"date=le2024-03-11", true},  {"date=le2024-03-09", false},
               {"date=sa2024-03-09", true},  {"date=sa2024-03-10", false},  {"date=eb2024-03-13", true},  {"date=eb2024-03-12", false},
               {"date=ap2024-03-20", false}, {"date=ap2024-03-14", true},   {"date=gt2024-03-12T08:00Z", false}, {"date=gt2024-03-12T07:59Z", true},
               {"date=lt2024-03-10T12:00+02:00", false}, {"date=lt2024-03-10T12:01+02:00", true}});
        check(R"({"resourceType":"Encounter","period":{"start":"2024-03-10"}})",
              {{"date=gt2050", true}, {"date=eb2050", false}, {"date=ge2024-03-11", true}, {"date=lt2024-03-10", false}, {"date=2024", false}, {"date=sa2024-03-09", true}});
    }
    TEST_CASE("number: every prefix, with the precision of the digits") {
        check(R"({"resourceType":"RiskAssessment","prediction":[{"probabilityDecimal":5.25}]})",
              {{"probability=5.2", false},   {"probability=5.3", true},    {"probability=5.25", true},  {"probability=5", true},
               {"probability=ne5.3", false}, {"probability=ne5.2", true},  {"probability=gt5.25", false}, {"probability=gt5.249", true},
               {"probability=lt5.25", false}, {"probability=lt5.251", true}, {"probability=ge5.25", true}, {"probability=ge5.26", false},
               {"probability=le5.25", true}, {"probability=le5.24", false}, {"probability=sa5.2", true}, {"probability=sa5.25", false},
               {"probability=eb5.3", true},  {"probability=eb5.25", false}, {"probability=ap5.7", true}, {"probability=ap6.9", false},
               {"probability=5.25e0", true}, {"probability=-5", false}});
        check(R"({"resourceType":"RiskAssessment","prediction":[{"probabilityRange":{"low":{"value":2},"high":{"value":4}}}]})",
              {{"probability=3", false}, {"probability=gt3", true}, {"probability=lt3", true}, {"probability=gt4", false}, {"probability=sa1", true}, {"probability=eb5", true}, {"probability=ap4.2", true}});
    }
    TEST_CASE("quantity: every prefix in its own unit and in others") {
        check(R"({"resourceType":"Observation","code":{"coding":[{"code":"c"}]},"valueQuantity":{"value":5.4,"unit":"milligram","system":"http://unitsofmeasure.org","code":"mg"}})",
              {{"value-quantity=5.4", true},
               {"value-quantity=0.0054", false},
               {"value-quantity=5.4||mg", true},
               {"value-quantity=5.4||milligram", true},
               {"value-quantity=0.0054||g", false},
               {"value-quantity=5.4|http://unitsofmeasure.org|mg", true},
               {"value-quantity=0.0054|http://unitsofmeasure.org|g", true},
               {"value-quantity=5400|http://unitsofmeasure.org|ug", true},
               {"value-quantity=5.40e3|http://unitsofmeasure.org|ug", true},
               {"value-quantity=5410|http://unitsofmeasure.org|ug", false},
               {"value-quantity=5.4|http://unitsofmeasure.org|mL", false},
               {"value-quantity=5.4|http://other.org|mg", false},
               {"value-quantity=5.4|http://unitsofmeasure.org|", true},
               {"value-quantity=ne0.0054|http://unitsofmeasure.org|g", false},
               {"value-quantity=gt0.005|http://unitsofmeasure.org|g", true},
               {"value-quantity=gt0.0054|http://unitsofmeasure.org|g", false},
               {"value-quantity=lt0.0055|http://unitsofmeasure.org|g", true},
               {"value-quantity=lt0.0054|http://unitsofmeasure.org|g", false},
               {"value-quantity=ge0.0054|http://unitsofmeasure.org|g", true},
               {"value-quantity=le0.0054|http://unitsofmeasure.org|g", true},
               {"value-quantity=sa0.0053|http://unitsofmeasure.org|g", true},
               {"value-quantity=eb0.0053|http://unitsofmeasure.org|g", false},
               {"value-quantity=ap0.005|http://unitsofmeasure.org|g", true},
               {"value-quantity=ap0.0040|http://unitsofmeasure.org|g", false},
               {"code-value-quantity=c$0.0054|http://unitsofmeasure.org|g", true},
               {"code-value-quantity=C$gt5|http://unitsofmeasure.org|mg", true},
               {"code-value-quantity=c$gt6|http://unitsofmeasure.org|mg", false},
               {"code-value-quantity=c$5.4||milligram", true}});
        check(R"({"resourceType":"Observation","valueQuantity":{"value":37,"system":"http://unitsofmeasure.org","code":"Cel"}})",
              {{"value-quantity=98.6|http://unitsofmeasure.org|[degF]", true},
               {"value-quantity=99.6|http://unitsofmeasure.org|[degF]", false},
               {"value-quantity=310.15|http://unitsofmeasure.org|K", true},
               {"value-quantity=ap40.0|http://unitsofmeasure.org|Cel", true},
               {"value-quantity=ap45.0|http://unitsofmeasure.org|Cel", false}});
        check(R"({"resourceType":"Observation","valueQuantity":{"value":5,"comparator":"<","system":"http://unitsofmeasure.org","code":"mg"}})",
              {{"value-quantity=lt0.003|http://unitsofmeasure.org|g", true},
               {"value-quantity=ge0.005|http://unitsofmeasure.org|g", false},
               {"value-quantity=gt0.005|http://unitsofmeasure.org|g", false},
               {"value-quantity=ge5", false},
               {"value-quantity=eb5", true}});
        check(R"({"resourceType":"Observation","valueQuantity":{"value":7.4,"system":"http://unitsofmeasure.org","code":"[pH]"}})",
              {{"value-quantity=gt7|http://unitsofmeasure.org|[pH]", true}, {"value-quantity=lt7|http://unitsofmeasure.org|[pH]", false}});
        check(R"({"resourceType":"Condition","onsetAge":{"value":18,"system":"http://unitsofmeasure.org","code":"mo"}})",
              {{"onset-age=1.5|http://unitsofmeasure.org|a", true}, {"onset-age=gt2|http://unitsofmeasure.org|a", false}, {"onset-age=lt2|http://unitsofmeasure.org|a", true}});
        check(R"({"resourceType":"Invoice","totalNet":{"value":12.50,"currency":"CHF"}})",
              {{"totalnet=12.5|urn:iso:std:iso:4217|CHF", true}, {"totalnet=12.5||CHF", true}, {"totalnet=12.5||EUR", false}, {"totalnet=gt12", true}});
    }
    TEST_CASE("reference: id, type, address, version, canonical") {
        check(R"({"resourceType":"Observation","subject":{"reference":"Patient/23/_history/4"},"device":{"display":"scales"}})",
              {{"subject=23", true},
               {"subject=Patient/23", true},
               {"subject=Patient/23/_history/4", true},
               {"subject=Patient/23/_history/5", false},
               {"subject:Patient=23", true},
               {"subject:Group=23", false},
               {"subject=Group/23,Patient/23", true},
               {"patient=23", true},
               {"patient=24", false},
               {"device:missing=false", true},
               {"device=scales", false},
               {"focus:missing=true", true}});
        check(R"({"resourceType":"QuestionnaireResponse","questionnaire":"http://a.org/q/x|2.1"})",
              {{"questionnaire=http://a.org/q/x", true},
               {"questionnaire=http://a.org/q/x|2.1", true},
               {"questionnaire=http://a.org/q/x|2", false},
               {"questionnaire:below=http://a.org/q/x|2", true},
               {"questionnaire:below=http://a.org/q/x|3", false},
               {"questionnaire:above=http://a.org/q/x|2.1.7", true},
               {"questionnaire:above=http://a.org/q/x|2.2", false},
               {"questionnaire:below=http://a.org/q", true},
               {"questionnaire:below=http://a.org/p", false}});
        check(R"({"resourceType":"Observation","subject":{"reference":"https://far.org/fhir/Patient/1"}})",
              {{"subject=https://far.org/fhir/Patient/1", true}, {"subject=Patient/1", false}, {"subject=1", false}, {"patient=https://far.org/fhir/Patient/1", true}});
    }
    TEST_CASE("uri: as it stands, below, above") {
        check(R"({"resourceType":"ValueSet","url":"http://a.org/fhir/ValueSet/x","meta":{"profile":["http://p.org/p|1.2"],"source":"http://s.org"}})",
              {{"url=http://a.org/fhir/ValueSet/x", true},
               {"url=http://a.org/fhir/ValueSet/X", false},
               {"url=http://a.org/fhir", false},
               {"url:below=http://a.org/fhir/", true},
               {"url:below=http://a.org/fhir", true},
               {"url:below=http://a.org/fh", false},
               {"url:above=http://a.org/fhir/ValueSet/x/y", true},
               {"url:above=http://a.org/fhir/ValueSet", false},
               {"url:missing=false", true},
               {"_profile=http://p.org/p", true},
               {"_profile=http://p.org/p|1.2", true},
               {"_profile=http://p.org/p|1", false},
               {"_profile:below=http://p.org/p|1", true},
               {"_source=http://s.org", true}});
        check(R"({"resourceType":"ValueSet","url":"urn:oid:1.2.3"})", {{"url:below=urn:oid:1.2", true}, {"url:below=urn:oid:1.20", false}});
    }
    TEST_CASE("composite: each part as its type demands, within one element") {
        check(R"({"resourceType":"Observation","code":{"coding":[{"system":"http://l.org","code":"a$b"}]},"effectiveDateTime":"2024-03-10","valueString":"Positive"})",
              {{"code-value-string=http://l.org|a\\$b$pos", true},
               {"code-value-string=http://l.org|a\\$b$neg", false},
               {"code-value-date=a\\$b$gt2024", false},
               {"code-value-string:missing=false", true},
               {"code-value-quantity:missing=true", true}});
        check(R"({"resourceType":"Observation","code":{"coding":[{"code":"c"}]},"valueDateTime":"2024-03-10"})",
              {{"code-value-date=c$2024-03", true}, {"code-value-date=c$lt2024-03", false}, {"code-value-date=d$2024-03", false}, {"code-value-date=d$2024,c$ge2024", true}});
    }
    TEST_CASE("near: within a distance, in several units") {
        check(R"({"resourceType":"Location","position":{"latitude":47.3769,"longitude":8.5417}})",
              {{"near=46.9480|7.4474|96|km", true},
               {"near=46.9480|7.4474|95", false},
               {"near=46.9480|7.4474|96000|m", true},
               {"near=46.9480|7.4474|60|[mi_i]", true},
               {"near=46.9480|7.4474|59|mi", false},
               {"near=46.9480|7.4474", false},
               {"near=47.4|8.5", true},
               {"near=47.4|8.5||", true},
               {"near:missing=false", true}});
        check(R"({"resourceType":"Location","position":{"latitude":0,"longitude":179.9}})", {{"near=0|-179.9|23|km", true}, {"near=0|-179.9|22|km", false}});
        check(R"({"resourceType":"Location","name":"nowhere"})", {{"near=0|0|30000|km", false}, {"near:missing=true", true}});
    }
    TEST_CASE("_text and _content: words of the narrative, words of everything") {
        check(R"({"resourceType":"Patient","text":{"status":"generated","div":"<div>Blood <b>glucose</b> was high</div>"},"name":[{"family":"Ångström"}],"maritalStatus":{"coding":[{"display":"married"}]}})",
              {{"_text=glucose high", true},
               {"_text=glucose low", false},
               {"_text=\"glucose was\"", true},
               {"_text=angstrom", false},
               {"_content=angstrom glucose", true},
               {"_content=married NOT widowed", true},
               {"_content=marr*", true},
               {"_content=low,high", true},
               {"_content=generated", false}});
    }
    TEST_CASE("what needs codes fits nobody until they are known, then as tokens do") {
        const auto& schema = fhir::testing::r4();
        const auto document = codec::read_json(R"({"resourceType":"Observation","code":{"coding":[{"system":"s","code":"A"}]}})", schema.names());
        REQUIRE(document);
        base::Findings findings;
        const auto index = extract(document->root(), parameters(), schema, findings);
        for (const auto& cell : {std::pair{"code:in", true}, std::pair{"code:not-in", false}, std::pair{"code:above", true}, std::pair{"code:below", true}}) {
            const char* const name = cell.first;
            const bool inside = cell.second;
            INFO(name);
            auto query = parse("Observation", {{name, "http://v.org|1"}}, parameters(), schema);
            REQUIRE(query);
            Clause& clause = query->clauses[0];
            CHECK_FALSE(clause.resolved);
            CHECK(clause.any_of[0].text == "http://v.org|1");
            CHECK_FALSE(matches(*query, index, "1", 1));
            clause.resolved = true;
            Value code;
            code.system = "s";
            code.has_system = true;
            code.code = "a";
            clause.any_of = {code};
            CHECK(matches(*query, index, "1", 1) == inside);
            clause.any_of[0].code = "b";
            CHECK(matches(*query, index, "1", 1) != inside);
            clause.any_of.clear();
            CHECK(matches(*query, index, "1", 1) != inside);
            CHECK(matches(*query, {}, "1", 1) != inside);
        }
    }
}
