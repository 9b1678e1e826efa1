// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/json.h"
#include "mapping/merge.h"

#include <doctest/doctest.h>

using namespace mapping;

namespace {

std::string merged(std::string_view existing, std::string_view incoming, const std::vector<Deleted>& deleted = {}, const std::vector<std::string>& assumed = {}) {
    const fhir::Names names;
    auto a = fhir::codec::read_json(existing, names);
    auto b = fhir::codec::read_json(incoming, names);
    REQUIRE(a);
    REQUIRE(b);
    return fhir::codec::to_json(merge(a->root(), b->root(), deleted, assumed).root());
}

}  // namespace

TEST_SUITE("mapping/merge") {

TEST_CASE("what was not sent stays and what was sent replaces") {
    CHECK(merged(R"({"resourceType":"Patient","id":"p","gender":"male","birthDate":"1980-01-01"})",
                 R"({"resourceType":"Patient","id":"p","gender":"female"})") ==
          R"({"resourceType":"Patient","id":"p","gender":"female","birthDate":"1980-01-01"})");
}

TEST_CASE("an item of a use replaces the item of that use and no other") {
    CHECK(merged(R"({"resourceType":"Patient","telecom":[{"value":"1","use":"home"},{"value":"2","use":"work"}]})",
                 R"({"resourceType":"Patient","telecom":[{"value":"3","use":"home"}]})") ==
          R"({"resourceType":"Patient","telecom":[{"value":"3","use":"home"},{"value":"2","use":"work"}]})");
}

TEST_CASE("the reason why nothing is told takes the place of nothing that is known") {
    const std::string unknown = R"({"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]})";
    const std::string sent = R"({"resourceType":"DocumentReference","status":"superseded","content":[{"attachment":)" + unknown + "}]}";
    CHECK(merged(R"({"resourceType":"DocumentReference","status":"current","content":[{"attachment":{"title":"Letter"}}]})", sent) ==
          R"({"resourceType":"DocumentReference","status":"superseded","content":[{"attachment":{"title":"Letter"}}]})");
    CHECK(merged(R"({"resourceType":"DocumentReference","status":"current"})", sent) == sent);
    CHECK(merged(R"({"resourceType":"Patient","birthDate":"1980-01-01"})", R"({"resourceType":"Patient","_birthDate":)" + unknown + "}") ==
          R"({"resourceType":"Patient","birthDate":"1980-01-01"})");
}

TEST_CASE("a status that is not known takes the place of none that is") {
    CHECK(merged(R"({"resourceType":"ServiceRequest","status":"revoked"})", R"({"resourceType":"ServiceRequest","status":"unknown"})") ==
          R"({"resourceType":"ServiceRequest","status":"revoked"})");
    CHECK(merged(R"({"resourceType":"ServiceRequest","status":"unknown"})", R"({"resourceType":"ServiceRequest","status":"active"})") ==
          R"({"resourceType":"ServiceRequest","status":"active"})");
}

TEST_CASE("a stay, its period and a collection are merged part by part") {
    CHECK(merged(R"({"resourceType":"Encounter","period":{"start":"2026-03-01"},"hospitalization":{"admitSource":{"text":"a"}}})",
                 R"({"resourceType":"Encounter","period":{"end":"2026-03-05"},"hospitalization":{"dischargeDisposition":{"text":"d"}}})") ==
          R"({"resourceType":"Encounter","period":{"end":"2026-03-05","start":"2026-03-01"},)"
          R"("hospitalization":{"dischargeDisposition":{"text":"d"},"admitSource":{"text":"a"}}})");
    // Whoever comes again after the end begins anew.
    CHECK(merged(R"({"resourceType":"Encounter","period":{"start":"2026-03-01","end":"2026-03-05"}})",
                 R"({"resourceType":"Encounter","period":{"start":"2026-04-01"}})") == R"({"resourceType":"Encounter","period":{"start":"2026-04-01"}})");
    CHECK(merged(R"({"resourceType":"Encounter","period":{"start":"2026-03-01","end":"2026-03-05"}})", R"({"resourceType":"Encounter"})",
                 {{"period.end", ""}}) == R"({"resourceType":"Encounter","period":{"start":"2026-03-01"}})");
    CHECK(merged(R"({"resourceType":"Encounter","period":{"end":"2026-03-05"}})", R"({"resourceType":"Encounter"})", {{"period.end", ""}}) ==
          R"({"resourceType":"Encounter"})");
    CHECK(merged(R"({"resourceType":"Specimen","collection":{"collectedDateTime":"2026-03-01","method":{"text":"m"}}})",
                 R"({"resourceType":"Specimen","collection":{"collectedPeriod":{"start":"2026-03-02"}}})") ==
          R"({"resourceType":"Specimen","collection":{"collectedPeriod":{"start":"2026-03-02"},"method":{"text":"m"}}})");
}

TEST_CASE("what is assumed of parts gives way to what is known of it") {
    const std::string known = R"({"resourceType":"MedicationRequest","dosageInstruction":[{"text":"twice daily"}]})";
    const std::string sent = R"({"resourceType":"MedicationRequest","status":"active","dosageInstruction":[{"text":"by mouth"}]})";
    CHECK(merged(known, sent, {}, {"dosageInstruction"}) == R"({"resourceType":"MedicationRequest","status":"active","dosageInstruction":[{"text":"twice daily"}]})");
    CHECK(merged(R"({"resourceType":"MedicationRequest"})", sent, {}, {"dosageInstruction"}) == sent);
}

TEST_CASE("what was taken back and is told again is no mistake any more") {
    const std::string mistaken = R"({"resourceType":"AllergyIntolerance","verificationStatus":{"coding":[{"code":"entered-in-error"}]}})";
    const std::string active = R"({"resourceType":"AllergyIntolerance","clinicalStatus":{"coding":[{"code":"active"}]}})";
    CHECK(merged(mistaken, active) == active);
    const std::string sure = R"({"resourceType":"AllergyIntolerance","verificationStatus":{"coding":[{"code":"confirmed"}]}})";
    CHECK(merged(sure, active).find("confirmed") != std::string::npos);
}

TEST_CASE("what is only assumed leaves what is known otherwise, but not what was planned") {
    const std::vector<std::string> assumed{"status", "location", "period"};
    const std::string sent = R"({"resourceType":"Encounter","status":"in-progress","location":[{"location":{"reference":"Location/2"},"status":"active"}]})";
    CHECK(merged(R"({"resourceType":"Encounter","status":"finished","location":[{"location":{"reference":"Location/1"},"status":"completed"}],"period":{"end":"2026"}})",
                 sent, {}, assumed) ==
          R"({"resourceType":"Encounter","status":"finished","location":[{"location":{"reference":"Location/1"},"status":"completed"}],"period":{"end":"2026"}})");
    for (const char* const before : {"planned", "unknown", "in-progress"})
        CHECK(merged(std::string(R"({"resourceType":"Encounter","status":")") + before + R"("})", sent, {}, assumed) == sent);
    CHECK(merged(R"({"resourceType":"Encounter","status":"finished"})", sent, {}, {}) == sent);
}

TEST_CASE("of the people of a visit those stay whose role the message does not name") {
    const auto person = [](const std::string& code, const std::string& id) {
        return R"({"type":[{"coding":[{"code":")" + code + R"("}]}],"individual":{"reference":"Practitioner/)" + id + "\"}}";
    };
    CHECK(merged(R"({"resourceType":"Encounter","participant":[)" + person("ATND", "1") + "," + person("ADM", "2") + "]}",
                 R"({"resourceType":"Encounter","participant":[)" + person("ATND", "3") + "]}") ==
          R"({"resourceType":"Encounter","participant":[)" + person("ATND", "3") + "," + person("ADM", "2") + "]}");
}

TEST_CASE("links to other records are joined") {
    CHECK(merged(R"({"resourceType":"Patient","link":[{"other":{"reference":"Patient/1"},"type":"replaces"},{"other":{"reference":"Patient/2"},"type":"seealso"}]})",
                 R"({"resourceType":"Patient","link":[{"other":{"reference":"Patient/2"},"type":"seealso"},{"other":{"reference":"Patient/3"},"type":"replaces"}]})") ==
          R"({"resourceType":"Patient","link":[{"other":{"reference":"Patient/2"},"type":"seealso"},{"other":{"reference":"Patient/3"},"type":"replaces"},{"other":{"reference":"Patient/1"},"type":"replaces"}]})");
}

TEST_CASE("identifiers are joined by system and value") {
    CHECK(merged(R"({"resourceType":"Patient","identifier":[{"system":"a","value":"1"},{"system":"b","value":"2"}]})",
                 R"({"resourceType":"Patient","identifier":[{"use":"official","system":"a","value":"1"}]})") ==
          R"({"resourceType":"Patient","identifier":[{"use":"official","system":"a","value":"1"},{"system":"b","value":"2"}]})");
}

TEST_CASE("what was deleted goes, unless something new came") {
    CHECK(merged(R"({"resourceType":"Patient","gender":"male","telecom":[{"value":"1","use":"home"},{"value":"2","use":"work"}]})",
                 R"({"resourceType":"Patient"})", {{"gender", ""}, {"telecom", "home"}}) ==
          R"({"resourceType":"Patient","telecom":[{"value":"2","use":"work"}]})");
}

TEST_CASE("a transfer keeps the places that the patient left, and comes back to one of them") {
    const std::string stored = R"({"resourceType":"Encounter","location":[{"location":{"reference":"Location/b"},"status":"active"},{"location":{"reference":"Location/a"},"status":"completed"}]})";
    CHECK(merged(stored, R"({"resourceType":"Encounter","location":[{"location":{"reference":"Location/c"},"status":"active"},{"location":{"reference":"Location/b"},"status":"completed"}]})") ==
          R"({"resourceType":"Encounter","location":[{"location":{"reference":"Location/c"},"status":"active"},{"location":{"reference":"Location/b"},"status":"completed"},{"location":{"reference":"Location/a"},"status":"completed"}]})");
    CHECK(merged(stored, R"({"resourceType":"Encounter","location":[{"location":{"reference":"Location/a"},"status":"active"}]})") ==
          R"({"resourceType":"Encounter","location":[{"location":{"reference":"Location/a"},"status":"active"}]})");
}

TEST_CASE("one form of a choice pushes out the other") {
    CHECK(merged(R"({"resourceType":"Patient","deceasedBoolean":false})",
                 R"({"resourceType":"Patient","deceasedDateTime":"2024"})") ==
          R"({"resourceType":"Patient","deceasedDateTime":"2024"})");
}

TEST_CASE("results of a report are joined, unless all of them were said") {
    CHECK(merged(R"({"resourceType":"DiagnosticReport","result":[{"reference":"Observation/1"},{"reference":"Observation/2"}]})",
                 R"({"resourceType":"DiagnosticReport","result":[{"reference":"Observation/2"}]})", {{"result", ""}}) ==
          R"({"resourceType":"DiagnosticReport","result":[{"reference":"Observation/2"}]})");
    CHECK(merged(R"({"resourceType":"DiagnosticReport","result":[{"reference":"Observation/1"},{"reference":"Observation/2"}]})",
                 R"({"resourceType":"DiagnosticReport","result":[{"reference":"Observation/2"},{"reference":"Observation/3"}]})") ==
          R"({"resourceType":"DiagnosticReport","result":[{"reference":"Observation/2"},{"reference":"Observation/3"},{"reference":"Observation/1"}]})");
}

}
