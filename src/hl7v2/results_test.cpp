// SPDX-License-Identifier: Apache-2.0
// Orders and results: what our maps make of a result's type, its parent and its corrections.
#include "hl7v2/adapter_test.h"

#include <algorithm>

using namespace hl7v2;
using namespace hl7v2::testing;

namespace {

std::string order(const std::string& event, const std::string& rest) {
    return "MSH|^~\\&|LAB|HOSP|EHR|CLINIC|20240501120000||" + event + "|M1|P|2.5.1\rPID|1||123^^^MRN\r" + rest;
}

std::string id(const mapping::Translation& made, std::string_view type, int number = 1) {
    const mapping::Entry* found = entry(made, type, number);
    return found == nullptr ? "" : std::string(type) + "/" + found->id;
}

}  // namespace

TEST_SUITE("hl7v2/results") {

TEST_CASE("a susceptibility comes of the organism that OBR-26 and OBR-29 name") {
    const auto made = translated(header + "PID|1||123^^^MRN\rORC|RE|P1|F1\rOBR|1|P1|F1|600-7^Culture^LN\r"
                                 "OBX|1|CWE|600-7^Culture^LN|1|A^First^L||||||F\rOBX|2|CWE|600-7^Culture^LN|2|B^Second^L||||||F\r"
                                 "ORC|RE|P1|F2\rOBR|2|P1|F2|50545-3^Panel^LN||||||||||||||||||||||600-7&Culture&LN^2|||P1^F1\r"
                                 "OBX|1|NM|28-1^Ampicillin^LN||4||||||F\r");
    const std::string second = id(made, "Observation", 2), result = id(made, "Observation", 3);
    CHECK(has(json(made, "Observation", 3), "\"derivedFrom\":[{\"reference\":\"" + second));
    CHECK(has(json(made, "Observation", 2), "\"hasMember\":[{\"reference\":\"" + result));
    CHECK_FALSE(has(json(made, "Observation", 1), "hasMember"));
}

TEST_CASE("a corrected report says all of its results anew") {
    const auto made = translated(result("OBX|1|NM|X||1||||||C\r"));
    const auto& deleted = entry(made, "DiagnosticReport")->deleted;
    CHECK(std::count(deleted.begin(), deleted.end(), mapping::Deleted{"result", ""}) == 1);
    const auto bare = translated(result(""));
    CHECK(entry(bare, "DiagnosticReport")->deleted.empty());  // a status alone leaves them
    const auto document = translated(result("OBX|1|ED|PDF^Report^L||A^AP^PDF^Base64^JVBERi0=||||||F\r"));
    CHECK(entry(document, "DiagnosticReport")->deleted.empty());  // and a document that comes alone
}

TEST_CASE("a document is not shown beside a correction that came without it") {
    const auto gone = [](const std::string& status, const std::string& obx) {
        const auto made = translated(header + "PID|1||123^^^MRN\rOBR|1|P1|F1|24331-1^Lipids^LN|||20240501||||||||||||||||||" + status + "\r" + obx);
        const auto& deleted = entry(made, "DiagnosticReport")->deleted;
        return std::count(deleted.begin(), deleted.end(), mapping::Deleted{"presentedForm", ""}) > 0;
    };
    const std::string pdf = "OBX|2|ED|PDF^Report^L||A^AP^PDF^Base64^JVBERi0=||||||";
    CHECK(gone("C", "OBX|1|NM|X||1||||||F\r"));
    CHECK(gone("F", "OBX|1|NM|X||1||||||C\r"));
    CHECK(gone("X", ""));
    CHECK(gone("F", pdf + "D\r"));
    CHECK_FALSE(gone("F", "OBX|1|NM|X||1||||||F\r"));
    CHECK_FALSE(gone("P", pdf + "F\r"));
    CHECK(has(json(translated(result("OBX|1|NM|X||1||||||C\r" + pdf + "C\r")), "DiagnosticReport"), "presentedForm"));
    for (const char* const taken_back : {"D", "W", "X"})
        CHECK_FALSE(has(json(translated(result(pdf + taken_back + "\r")), "DiagnosticReport"), "presentedForm"));
}

TEST_CASE("what was deleted, cancelled or entered wrongly stands with its status and its own code") {
    const auto made = translated(result("OBX|1|NM|A||1||||||D\rOBX|2|NM|B||1||||||W\rOBX|3|NM|C||||||||X\r"));
    CHECK(has(json(made, "Observation", 1), R"("status":"entered-in-error")"));
    CHECK(has(json(made, "Observation", 1), R"("code":"D")"));
    CHECK(has(json(made, "Observation", 2), R"("status":"entered-in-error")"));
    CHECK(has(json(made, "Observation", 3), R"("status":"cancelled")"));
    CHECK(has(json(made, "Observation", 3), "not-performed"));
}

TEST_CASE("I-27: documents are what the report presents, pointers are kept and never followed") {
    const auto made = translated(result("OBX|1|ED|D^Report^L||LAB^application^pdf^Base64^JVBERi0=||||||F\rOBX|2|RP|P^Image^L||https://images.example/1^PACS^image^jpeg||||||F\r"));
    CHECK(has(json(made, "DiagnosticReport"), R"("contentType":"application/pdf","data":"JVBERi0=")"));
    CHECK(has(json(made, "DiagnosticReport"), R"("url":"https://images.example/1")"));
}

TEST_CASE("an observation without an order is the patient's, and a second patient has his own") {
    const auto made = translated(header + "PID|1||123^^^MRN\rOBX|1|NM|W^Weight^L||70||||||F\r"
                                 "PID|2||456^^^MRN\rOBR|1||F9|X^Test^L\rOBX|1|NM|Y||1||||||F\r");
    CHECK(entry(made, "Patient", 2) != nullptr);
    CHECK(has(json(made, "Observation", 1), id(made, "Patient", 1)));
    CHECK(has(json(made, "Observation", 2), id(made, "Patient", 2)));
    CHECK_FALSE(has(json(made, "DiagnosticReport"), id(made, "Observation", 1)));
}

TEST_CASE("order control gives the status of the order, with or without its detail") {
    const auto made = translated(order("OML^O21^OML_O21", "ORC|NW|1\rOBR|1|1||A\rORC|CA|2\rOBR|2|2||B\rORC|HR|3\r"));
    CHECK(has(json(made, "ServiceRequest", 1), R"("status":"active")"));
    CHECK(has(json(made, "ServiceRequest", 2), R"("status":"revoked")"));
    CHECK(has(json(made, "ServiceRequest", 3), R"("status":"on-hold")"));
    CHECK(has(json(made, "ServiceRequest", 3), id(made, "Patient")));
}

TEST_CASE("an order that replaces another names it") {
    const auto made = translated(order("ORM^O01^ORM_O01", "ORC|RP|1\rOBR|1|1||A\rORC|RO|2\rOBR|2|2||B\r"));
    REQUIRE(entry(made, "ServiceRequest", 2) != nullptr);
    CHECK(entry(made, "ServiceRequest", 3) == nullptr);
    CHECK(has(json(made, "ServiceRequest", 2), "\"replaces\":[{\"reference\":\"" + id(made, "ServiceRequest", 1)));
    CHECK(has(json(made, "ServiceRequest", 1), R"("status":"revoked")"));
}

TEST_CASE("a visit without a number is the one of its order") {
    const auto visit = [](const std::string& event, const std::string& rest) { return id(translated(order(event, "PV1|1|O|CLINIC\r" + rest)), "Encounter"); };
    const std::string asked = visit("OML^O21^OML_O21", "ORC|NW|P7\rOBR|1|P7||X^Y^L\r");
    CHECK(asked == visit("ORU^R01^ORU_R01", "ORC|RE|P7|F7\rOBR|1|P7|F7|X^Y^L\r"));
    CHECK(asked != visit("OML^O21^OML_O21", "ORC|NW|P8\rOBR|1|P8||X^Y^L\r"));
    CHECK(asked != visit("ADT^A08^ADT_A01", ""));
}

TEST_CASE("a document that comes as bytes has nothing empty before it, and a message without content says nothing of it") {
    const std::string text = "TXA|1|DS^Summary^L|AP|20240501||20240501101500|||||||D1|||||LA||AV\r";
    const auto content = [&](const std::string& event, const std::string& obx) {
        const std::string made = json(translated(order(event, "PV1|1|O\r" + text + obx)), "DocumentReference");
        return made.substr(made.find("\"content\":"));
    };
    CHECK(content("MDM^T02^MDM_T02", "OBX|1|ED|PDF^Summary^L||A^AP^PDF^Base64^JVBERi0=||||||F\r").find("\"content\":[{\"extension\"") == 0);
    CHECK(content("MDM^T03^MDM_T01", "").find("\"content\":[{\"attachment\":{\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/data-absent-reason\"") == 0);
}

TEST_CASE("a referral that is cancelled is revoked") {
    const auto status = [](const std::string& event) {
        return json(translated("MSH|^~\\&|A|HOSP|B|C|20240501||REF^" + event + "^REF_I12|1|P|2.5\rRF1|A|R|CAR|||REF7\rPRD|RP|Ruiz^Leo\rPID|1||123^^^MRN\r"), "ServiceRequest");
    };
    CHECK(has(status("I14"), "\"status\":\"revoked\""));
    CHECK(has(status("I13"), "\"status\":\"active\""));
}

TEST_CASE("how sure an allergy is stands in R4's own words or beside them, and what is deleted is not confirmed") {
    const auto told = [](const std::string& action, const std::string& sure) {
        return json(translated(admit + "PID|1||123^^^MRN\rPV1|1|N\rIAM|1|DA|70618^Penicillin^L|SV||" + action + "|||||||||||" + sure + "\r"), "AllergyIntolerance");
    };
    CHECK(has(told("A", "C"), "\"code\":\"confirmed\""));
    CHECK_FALSE(has(told("A", "XX^Local^L"), "verificationStatus"));
    CHECK(has(told("A", "XX^Local^L"), "\"code\":\"XX\""));
    CHECK(has(told("D", "C"), "\"code\":\"entered-in-error\""));
    CHECK_FALSE(has(told("D", "C"), "\"code\":\"confirmed\""));
}

TEST_CASE("a specimen has its parent and its containers") {
    const auto made = translated(order("OML^O21^OML_O21", "ORC|NW|1\rOBR|1|1||A\rSPM|1|S1&EHR|S0&EHR|SER\rSAC|||C1^LAB\rSAC|||C2^LAB\r"));
    REQUIRE(entry(made, "Specimen", 2) != nullptr);
    const bool first = has(json(made, "Specimen", 1), R"("container")");
    const std::string specimen = json(made, "Specimen", first ? 1 : 2);
    CHECK(has(specimen, id(made, "Specimen", first ? 2 : 1)));
    CHECK(has(specimen, R"("value":"C1")"));
    CHECK(has(specimen, R"("value":"C2")"));
    CHECK(has(json(made, "ServiceRequest"), R"("specimen")"));
}

}
