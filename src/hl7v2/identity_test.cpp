// SPDX-License-Identifier: Apache-2.0
// Who is the same: what may meet under one id, and what never may.

#include "hl7v2/adapter_test.h"

using namespace hl7v2;
using namespace hl7v2::testing;

namespace {

std::string message(const std::string& type, const std::string& control, const std::string& facility, const std::string& rest) {
    const std::string structure = type.starts_with("ADT") ? "ADT_A01" : "ORU_R01";
    return "MSH|^~\\&|APP|" + facility + "|EHR|CLINIC|20240501120000+0200||" + type + "^" + structure + "|" + control + "|P|2.5.1\r" +
           (structure == "ADT_A01" ? "EVN||20240501\r" : "") + rest;
}

std::string id(const mapping::Translation& made, std::string_view type, int number = 1) {
    const mapping::Entry* found = entry(made, type, number);
    REQUIRE(found != nullptr);
    return found->id;
}

std::string patient_of(const std::string& facility, const std::string& pid3, const std::string& rest = {}) {
    return id(translated(message("ADT^A08", "1", facility, "PID|1||" + pid3 + rest + "\rPV1|1|I\r")), "Patient");
}

}  // namespace

TEST_SUITE("hl7v2/identity") {

TEST_CASE("admission, update and result speak of one patient and one visit") {
    const std::string pid = "PID|1||123^^^HOSP^MR||Doe^Jane\r";
    const std::string visit = "PV1|1|I|W1^R1^B1|||||||||||||||||V77^^^HOSP^VN";
    const auto admitted = translated(message("ADT^A01", "1", "HOSP", pid + "PV1|1|I|W1|||||||||||||||||V77^^^HOSP^VN\r"));
    const auto updated = translated(message("ADT^A08", "2", "HOSP", "PID|1||123^^^HOSP^MR||Roe^Jane\rPV1|1|I|W2||||||||||||||||V77^^^HOSP^VN\r"));
    const auto result = translated(message("ORU^R01", "3", "LAB", pid + "PV1|1|I|W2||||||||||||||||V77^^^HOSP^VN\rORC|RE|P1^HOSP|F1^LAB\rOBR|1|P1^HOSP|F1^LAB|24331-1^Lipids^LN\r"));
    CHECK(id(admitted, "Patient") == id(updated, "Patient"));
    CHECK(id(admitted, "Patient") == id(result, "Patient"));
    CHECK(id(updated, "Encounter") == id(result, "Encounter"));
}

TEST_CASE("a result that comes again is the same report, order and observation") {
    const auto sent = [](const std::string& control, const std::string& status, const std::string& value) {
        return translated(message("ORU^R01", control, "LAB",
                                  "PID|1||123^^^HOSP^MR\rORC|RE|P1^HOSP|F1^LAB\rOBR|1|P1^HOSP|F1^LAB|24331-1^Lipids^LN|||20240501||||||||||||||||||" +
                                      status + "\rOBX|1|NM|2093-3^Chol^LN||" + value + "|mg/dL|||||" + status + "\rOBX|2|TX|X^Text^L||one||||||" +
                                      status + "\rOBX|3|TX|X^Text^L||two||||||" + status + "\r"));
    };
    const auto first = sent("1", "P", "180"), final = sent("2", "F", "181"), corrected = sent("3", "C", "182");
    for (const mapping::Translation* later : {&final, &corrected}) {
        CHECK(id(first, "DiagnosticReport") == id(*later, "DiagnosticReport"));
        CHECK(id(first, "ServiceRequest") == id(*later, "ServiceRequest"));
        for (int number : {1, 2, 3}) CHECK(id(first, "Observation", number) == id(*later, "Observation", number));
    }
    CHECK(id(first, "Observation", 2) != id(first, "Observation", 3));
}

TEST_CASE("one number at two authorities is two patients") {
    CHECK(patient_of("HOSP", "123^^^A^MR") != patient_of("HOSP", "123^^^B^MR"));
    CHECK(patient_of("HOSP", "123^^^A&1.2.3&ISO^MR") != patient_of("HOSP", "123^^^A&1.2.4&ISO^MR"));
}

TEST_CASE("a bare number is its hospital's alone") {
    CHECK(patient_of("HOSP1", "123") != patient_of("HOSP2", "123"));
    CHECK(patient_of("HOSP^1.2.3^ISO", "123") != patient_of("HOSP^1.2.4^ISO", "123"));
    CHECK(patient_of("HOSP1", "123") == patient_of("HOSP1", "123"));
    CHECK(patient_of("HOSP1", "123") != patient_of("HOSP1", "123^^^HOSP1"));
    // Who does not say its name owns no numbers.
    const auto nameless = [](const std::string& control) {
        return id(translated("MSH|^~\\&|||EHR|CLINIC|20240501120000||ADT^A08^ADT_A01|" + control + "|P|2.5.1\rEVN||20240501\rPID|1||123\rPV1|1|I\r"), "Patient");
    };
    CHECK(nameless("1") != nameless("2"));
}

TEST_CASE("numbers that come and go beside the record number change nothing") {
    const std::string alone = patient_of("HOSP", "123");
    CHECK(patient_of("HOSP", "123", "||||||||||||||ACC1^^^BILL|999-88-7777") == alone);
    CHECK(patient_of("HOSP", "123", "||||||||||||||ACC2^^^BILL") == alone);
    const std::string record = patient_of("HOSP", "123^^^HOSP^MR");
    CHECK(patient_of("HOSP", "55^^^INSURER^HC~123^^^HOSP^MR") == record);
    CHECK(patient_of("HOSP", "123^^^HOSP^MR~55^^^INSURER^HC") == record);
}

TEST_CASE("visits, orders and specimens of two hospitals never meet by bare numbers") {
    const auto sent = [](const std::string& facility) {
        return translated(message("ORU^R01", "1", facility,
                                  "PID|1||123\rPV1|1|I|||||||||||||||||V1\rORC|RE|P1|F1\rOBR|1|P1|F1|X^Test^L\rOBX|1|ST|Y^Y^L||a||||||F\rSPM|1|S1||SER\r"));
    };
    const auto one = sent("HOSP1"), other = sent("HOSP2");
    for (const char* type : {"Patient", "Encounter", "DiagnosticReport", "ServiceRequest", "Observation", "Specimen"}) CHECK(id(one, type) != id(other, type));
}

TEST_CASE("two patients in one message stay two, each with its own results") {
    const auto made = translated(message("ORU^R01", "1", "LAB",
                                         "PID|1||1^^^H\rOBR|1||F1|X^Test^L\rOBX|1|ST|Y^Y^L||a||||||F\rPID|2||2^^^H\rOBR|1||F2|X^Test^L\rOBX|1|ST|Y^Y^L||b||||||F\r"));
    CHECK(has(json(made, "Observation", 1), "Patient/" + id(made, "Patient", 1)));
    CHECK(has(json(made, "Observation", 2), "Patient/" + id(made, "Patient", 2)));
}

TEST_CASE("what is said twice of one resource is kept together") {
    const auto made = translated(message("ADT^A08", "1", "HOSP", "PID|1||1^^^H\rNK1|1|Doe^Bob|SPO||555-1\rNK1|2|Doe^Bob|SPO||555-2\rPV1|1|I\r"));
    CHECK(entry(made, "RelatedPerson", 2) == nullptr);
    CHECK(has(json(made, "RelatedPerson"), "555-1"));
    CHECK(has(json(made, "RelatedPerson"), "555-2"));
    CHECK(made.residue.empty());
}

}
