// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/adapter_test.h"

#include <algorithm>

using namespace hl7v2;
using namespace hl7v2::testing;

TEST_SUITE("hl7v2/adapter") {

TEST_CASE("every golden message gives its bundle and its findings") {
    for (const auto& file : files::recursive_directory_iterator(ANDIRON_SOURCE_DIR "/conformance-tests/translations/hl7v2")) {
        if (file.path().extension() != ".hl7") continue;
        CAPTURE(file.path().string());
        const mapping::Translation made = translated(read(file.path()));
        const auto bundle = mapping::transaction(made, bench().schema.names());
        REQUIRE(bundle);
        auto expected = fhir::codec::read_json(read(files::path(file.path()).replace_extension(".bundle.json")), bench().schema.names());
        REQUIRE(expected);
        const bool same = fhir::equal(bundle->root(), expected->root());
        CHECK(same);
        if (!same) MESSAGE(fhir::codec::to_pretty_json(bundle->root()));
        CHECK(findings_text(made) == read(files::path(file.path()).replace_extension(".findings.txt")));
        for (const mapping::Entry& one : made.entries)
            for (const base::Finding& finding : fhir::validate::check_structure(one.resource.root(), bench().schema))
                FAIL_CHECK(finding.where << " " << finding.text);
    }
}

TEST_CASE("the same message gives the same bundle, and the same result the same ids") {
    const auto first = translated(result("OBX|1|NM|2093-3^Chol^LN||180|mg/dL|||||P\r"));
    const auto again = translated(result("OBX|1|NM|2093-3^Chol^LN||180|mg/dL|||||P\r"));
    CHECK(fhir::codec::to_json(mapping::transaction(first, bench().schema.names())->root()) ==
          fhir::codec::to_json(mapping::transaction(again, bench().schema.names())->root()));
    const auto final = translated(result("OBX|7|NM|2093-3^Cholesterol^LN||181|mg/dL|||||F\r"));
    CHECK(entry(first, "Observation")->id == entry(final, "Observation")->id);
    CHECK(entry(first, "DiagnosticReport")->id == entry(final, "DiagnosticReport")->id);
    CHECK(entry(first, "Patient")->id == entry(final, "Patient")->id);
}

TEST_CASE("results of one code are numbered, never lost") {
    const auto made = translated(result("OBX|1|TX|X^Text^L||one||||||F\rOBX|2|TX|X^Text^L||two||||||F\r"));
    REQUIRE(entry(made, "Observation", 2) != nullptr);
    CHECK(entry(made, "Observation", 1)->id != entry(made, "Observation", 2)->id);
    CHECK(has(json(made, "Observation", 2), R"("valueString":"two")"));
}

TEST_CASE("repeats of text are one text and repeats of codes are components") {
    const auto made = translated(result("OBX|1|FT|X^Text^L||a~b\\.br\\c||||||F\rOBX|2|CWE|Y^Codes^L||1^A^SCT~2^B^SCT||||||F\r"));
    CHECK(has(json(made, "Observation", 1), R"("valueString":"a\nb\nc")"));
    CHECK(has(json(made, "Observation", 2), R"("component":[{"code")"));
}

TEST_CASE("I-27: a value that is not what OBX-2 says is kept as text with a warning") {
    const auto made = translated(result("OBX|1|NM|X||positive||||||F\rOBX|2|DT|Y||20240230||||||F\r"));
    CHECK(has(json(made, "Observation", 1), R"("valueString":"positive")"));
    CHECK(has(json(made, "Observation", 2), R"("valueString":"20240230")"));
    CHECK(std::any_of(made.findings.begin(), made.findings.end(), [](const auto& finding) { return finding.where.starts_with("OBX[2]-5[1]"); }));
}

TEST_CASE("observations behind a specimen are results too") {
    const auto made = translated(result("SPM|1|S1||SER\rOBX|1|ST|X||red||||||F\r"));
    REQUIRE(entry(made, "Observation") != nullptr);
    CHECK(has(json(made, "DiagnosticReport"), "Observation/" + entry(made, "Observation")->id));
    CHECK(has(json(made, "Observation"), "Specimen/" + entry(made, "Specimen")->id));
}

TEST_CASE("I-29: what was not sent is not there and \"\" asks to delete") {
    const auto made = translated(admit + "PID|1||123^^^MRN||Doe^Jane||\"\"|||||\"\"\rPV1|1|O\r");
    const mapping::Entry* patient = entry(made, "Patient");
    REQUIRE(patient != nullptr);
    CHECK(patient->mode == mapping::Entry::Mode::merge);
    CHECK(std::count(patient->deleted.begin(), patient->deleted.end(), mapping::Deleted{"birthDate", ""}) == 1);
    CHECK_FALSE(has(json(made, "Patient"), "gender"));
}

TEST_CASE("what no row took is told, and Z segments are not lost from sight") {
    const auto made = translated(admit + "PID|1||123^^^MRN\rPV1|1|O\rZZZ|x^y\r");
    CHECK(std::any_of(made.residue.begin(), made.residue.end(), [](const auto& residue) { return residue.where == "ZZZ-1[1].2.1"; }));
    CHECK(made.atoms == made.kept + made.dropped + made.residue.size());
}

TEST_CASE("each element knows the line that made it") {
    const auto made = translated(admit + "PID|1||123^^^MRN||Doe^Jane\rPV1|1|O\r", true);
    CHECK(has(mapping::explain(made, false), "Patient.name[0].family"));
    CHECK_FALSE(has(mapping::explain(made, false), "Jane"));
    CHECK(has(mapping::explain(made, true), "Jane"));
}

TEST_CASE("two providers with one number at two authorities are two people") {
    const auto made = translated(admit + "PID|1||123^^^MRN\rPV1|1|O|||||7^A^B^^^^^^X|7^A^B^^^^^^Y|7^A^B^^^^^^X\r");
    CHECK(entry(made, "Practitioner", 2) != nullptr);
    CHECK(entry(made, "Practitioner", 3) == nullptr);
}

TEST_CASE("a message of many repeats is translated in linear time") {
    std::string pid = "PID|1||";
    for (int i = 0; i < 20'000; ++i) pid += std::to_string(i) + "^^^MRN~";
    const auto made = translated(admit + pid + "\rPV1|1|O\r");
    CHECK(made.atoms > 40'000);
}

TEST_CASE("a unit stands with every number it belongs to, the bounds of what is normal too") {
    const auto made = translated(result("OBX|1|NM|X||< 5|mg/dL^^UCUM|3.5 - 5.0|L|||F\r"));
    CHECK(has(json(made, "Observation"), R"("value":5,"comparator":"<","unit":"mg/dL","system":"http://unitsofmeasure.org","code":"mg/dL")"));
    CHECK(has(json(made, "Observation"), R"("low":{"value":3.5,"unit":"mg/dL")"));
    CHECK(has(json(made, "Observation"), R"("high":{"value":5.0,"unit":"mg/dL")"));
}

TEST_CASE("a range in words is words only") {
    const auto made = translated(result("OBX|1|NM|X||5|mg/dL|negative||||F\r"));
    CHECK(has(json(made, "Observation"), R"("referenceRange":[{"text":"negative"}])"));
}

TEST_CASE("a number sent as text keeps its unit") {
    const auto made = translated(result("OBX|1|ST|X||5.4|mmol/L|||||F\r"));
    CHECK(has(json(made, "Observation"), R"("valueString":"5.4")"));
    CHECK(has(json(made, "Observation"), R"("valueString":"5.4 mmol/L")"));
}

TEST_CASE("a reason for no value stands only where there is none") {
    CHECK(has(json(translated(result("OBX|1|ST|X||||||||X\r")), "Observation"), R"("code":"not-performed")"));
    const std::string valued = json(translated(result("OBX|1|ST|X||haemolysed||||||X\r")), "Observation");
    CHECK(has(valued, R"("status":"cancelled")"));
    CHECK_FALSE(has(valued, "dataAbsentReason"));
}

TEST_CASE("statuses of results are those of the standard") {
    const std::pair<const char*, const char*> all[] = {{"F", "final"}, {"P", "preliminary"}, {"C", "corrected"}, {"W", "entered-in-error"},
                                                       {"D", "entered-in-error"}, {"X", "cancelled"}, {"?", "unknown"}};
    for (const auto& [sent, status] : all)
        CHECK(has(json(translated(result(std::string("OBX|1|ST|X||a||||||") + sent + "\r")), "Observation"), std::string(R"("status":")") + status));
}

TEST_CASE("what was asked with the order belongs to the order") {
    const auto made = translated(result("OBX|1|ST|X||fasting||||||F||||||||||||||||||QST\rOBX|2|ST|Y||a||||||F\r"));
    CHECK(has(json(made, "ServiceRequest"), R"("supportingInfo":[{"reference":"Observation/)" + entry(made, "Observation")->id));
    CHECK_FALSE(has(json(made, "DiagnosticReport"), entry(made, "Observation")->id));
    CHECK(has(json(made, "DiagnosticReport"), entry(made, "Observation", 2)->id));
}

TEST_CASE("the time of a result is not the time of its order") {
    const auto made = translated(header + "PID|1||123^^^MRN\rORC|RE|P1|F1||||||20240502\rOBR|1|P1|F1|X^Y^L\r");
    CHECK_FALSE(has(json(made, "ServiceRequest"), "authoredOn"));
    CHECK(has(json(made, "ServiceRequest"), R"("valueDateTime":"2024-05-02")"));
}

TEST_CASE("every diagnosis is the visit's, with its use and rank") {
    const auto made = translated(admit + "PID|1||123^^^MRN\rPV1|1|I|||||||||||||||||V1\rDG1|1||E11^Diabetes^I10|||A|||||||||1\rDG1|2||I10^Hypertension^I10|||F|||||||||2\r");
    REQUIRE(entry(made, "Condition", 2) != nullptr);
    CHECK(entry(made, "Condition", 3) == nullptr);
    for (int number : {1, 2}) CHECK(has(json(made, "Encounter"), R"("condition":{"reference":"Condition/)" + entry(made, "Condition", number)->id));
    CHECK(has(json(made, "Encounter"), R"("rank":2)"));
}

TEST_CASE("the class alone does not tell how a visit stands, what happened does") {
    const auto visit = [](const std::string& event, const std::string& pv1) {
        return translated("MSH|^~\\&|A|B|C|D|20240501||" + event + "|1|P|2.5\rPID|1||123^^^MRN\r" + pv1 + "\r");
    };
    const std::string here = "PV1|1|I|W^1||||||||||||||||V1", gone = here + std::string(26, '|') + "20240502";
    const auto assumed = [](const mapping::Translation& made) { return entry(made, "Encounter")->assumed; };
    CHECK(assumed(visit("ADT^A08", here)) == std::vector<std::string>{"status", "location", "period"});
    CHECK(assumed(visit("ORU^R01", here)).size() == 3);
    CHECK(assumed(visit("ADT^A01", here)).empty());
    CHECK(assumed(visit("ADT^A03", here)).empty());
    CHECK(assumed(visit("ADT^A08", gone)).empty());
    CHECK(has(json(visit("ADT^A08", gone), "Encounter"), R"("status":"finished")"));
    const auto back = entry(visit("ADT^A13", here), "Encounter")->deleted;
    CHECK(std::count(back.begin(), back.end(), mapping::Deleted{"period.end", ""}) == 1);
    const auto unsaid = entry(visit("ADT^A08", here + std::string(26, '|') + "\"\""), "Encounter")->deleted;
    CHECK(std::count(unsaid.begin(), unsaid.end(), mapping::Deleted{"period.end", ""}) == 1);
}

TEST_CASE("when an order was wanted and when it begins both stand") {
    const auto made = translated("MSH|^~\\&|A|B|C|D|20240501||ORM^O01|1|P|2.3\rPID|1||123^^^MRN\rORC|NW|P1|||||^^^202405020900^^S\rOBR|1|P1||X^Y^L||202405020800\r");
    CHECK(has(json(made, "ServiceRequest"), R"("event":["2024-05-02T08:00:00Z"])"));
    CHECK(has(json(made, "ServiceRequest"), R"("boundsPeriod":{"start":"2024-05-02T09:00:00Z"})"));
}

TEST_CASE("an order is not complete before its results are, nor after one dose") {
    const auto order = [](const std::string& status) {
        return json(translated(header + "PID|1||123^^^MRN\rORC|RE|P1|F1\rOBR|1|P1|F1|X^Y^L" + std::string(21, '|') + status + "\r"), "ServiceRequest");
    };
    CHECK(has(order("P"), R"("status":"active")"));
    CHECK(has(order("F"), R"("status":"completed")"));
    const auto given = translated("MSH|^~\\&|A|B|C|D|20240501||RAS^O17^RAS_O17|1|P|2.5.1\rPID|1||123^^^MRN\rORC|RE|P1\rRXO|1^A^L|5||mg\r"
                                  "RXA|0|1|20240501|20240501|1^A^L|5|mg||||||||||||CP\rRXR|PO\r");
    CHECK(has(json(given, "MedicationRequest"), R"("status":"active")"));
    CHECK(entry(given, "MedicationRequest")->assumed == std::vector<std::string>{"status"});
}

TEST_CASE("what has no place beside a new status goes") {
    const auto gone = [](const std::string& message, const char* type) {
        const auto made = translated("MSH|^~\\&|A|B|C|D|20240501||" + message);
        std::string all;
        for (const mapping::Deleted& one : entry(made, type)->deleted) all += one.element + ' ';
        return all;
    };
    CHECK(gone("ADT^A60^ADT_A60|1|P|2.5.1\rEVN||2024\rPID|1||123^^^MRN\rIAM|1|DA|P^P^L|||D\r", "AllergyIntolerance") == "clinicalStatus ");
    CHECK(gone("ADT^A60^ADT_A60|1|P|2.5.1\rEVN||2024\rPID|1||123^^^MRN\rIAM|1|DA|P^P^L|||A\r", "AllergyIntolerance").empty());
    CHECK(gone("PPR^PC3^PPR_PC1|1|P|2.5.1\rPID|1||123^^^MRN\rPRB|DE|2024|E11^D^I10|1\r", "Condition") == "clinicalStatus ");
    CHECK(gone("SIU^S13|1|P|2.5.1\rSCH|1^A|2^B\rPID|1||123^^^MRN\r", "Appointment") == "cancelationReason ");
    CHECK(gone("SIU^S15|1|P|2.5.1\rSCH|1^A|2^B\rPID|1||123^^^MRN\r", "Appointment").empty());
}

TEST_CASE("the visit of an appointment is planned, unless the patient is in the house") {
    const auto status = [](const std::string& event, const std::string& kind, const std::string& filler = "Booked") {
        const auto made = translated("MSH|^~\\&|A|B|C|D|20240501||SIU^" + event + "|1|P|2.5\rSCH|1^A|2^B|||||||||" + std::string(14, '|') + filler +
                                     "\rPID|1||123^^^MRN\rPV1|1|" + kind + "|W^1||||||||||||||||V1\r");
        return json(made, "Encounter");
    };
    CHECK(has(status("S12", "O"), R"("status":"planned")"));
    CHECK(has(status("S15", "O"), R"("status":"cancelled")"));
    CHECK(has(status("S26", "O"), R"("status":"cancelled")"));
    CHECK(has(status("S17", "O"), R"("status":"entered-in-error")"));
    CHECK(has(status("S14", "O", "Started"), R"("status":"in-progress")"));
    CHECK(has(status("S15", "I"), R"("status":"in-progress")"));
}

TEST_CASE("a note behind the patient is the patient's") {
    const auto made = translated(header + "PID|1||123^^^MRN\rNTE|1||needs an interpreter\rOBR|1||F1|X^Y^L\r");
    CHECK(has(json(made, "Patient"), "needs an interpreter"));
    CHECK(made.residue.empty());
}

TEST_CASE("a result that only becomes final keeps what was sent before") {
    const auto became = translated(result("OBX|1|NM|X||||||||U\r"));
    CHECK(entry(became, "Observation")->mode == mapping::Entry::Mode::merge);
    CHECK(has(json(became, "Observation"), R"("status":"final")"));
    CHECK(entry(translated(result("OBX|1|NM|X||5||||||F\r")), "Observation")->mode == mapping::Entry::Mode::replace);
}

TEST_CASE("a document that another takes the place of is superseded, and is the one that was sent before") {
    const auto document = [](const std::string& event, const std::string& numbers) {
        return translated("MSH|^~\\&|TR|HOSP|EHR|C|20240501120000||MDM^" + event + "^MDM_T02|M1|P|2.5.1\rEVN||20240501120000\rPID|1||123^^^MRN\rPV1|1|I\r" +
                          "TXA|1|DS|TX|||||||||" + numbers + "||||LA\rOBX|1|TX|X^Text||words||||||F\r");
    };
    const auto first = document("T02", "D1^TR|");
    const auto second = document("T10", "D2^TR|D1^TR");
    REQUIRE(entry(second, "DocumentReference", 2) != nullptr);
    CHECK(entry(second, "DocumentReference", 2)->id == entry(first, "DocumentReference")->id);
    CHECK(has(json(second, "DocumentReference", 2), R"("status":"superseded")"));
    CHECK(has(json(second, "DocumentReference"), R"("relatesTo":[{"code":"replaces","target":{"reference":"DocumentReference/)" + entry(first, "DocumentReference")->id));
    CHECK(entry(document("T06", "D2^TR|D1^TR"), "DocumentReference", 2) == nullptr);
    // A sender that names the same number twice takes the place of nothing.
    const auto same = document("T10", "D1^TR|D1^TR");
    CHECK(entry(same, "DocumentReference", 2) == nullptr);
    CHECK(has(json(same, "DocumentReference"), R"("status":"current")"));
}

TEST_CASE("who entered an appointment is told, and the order that it keeps without a service") {
    const std::string booking = "MSH|^~\\&|S|HOSP|EHR|C|20240501120000||SIU^S12^SIU_S12|M1|P|2.5.1\r"
                                "SCH|P1^S|F1^S|||||||||^^^20240502100000^20240502103000|||||||||9^Clerk^Ann||||||O1^S|O2^L\rPID|1||123^^^MRN\r";
    const auto made = translated(booking);
    const std::string order = json(made, "ServiceRequest");
    CHECK(has(order, R"("value":"O1")"));
    CHECK(has(order, R"("value":"O2")"));
    CHECK(has(order, R"("subject":{"reference":"Patient/)"));
    CHECK(has(json(made, "Appointment"), R"({"reference":"ServiceRequest/)" + entry(made, "ServiceRequest")->id));
    bool entered = false;
    for (int number = 1; entry(made, "Provenance", number) != nullptr; ++number) {
        const std::string who = json(made, "Provenance", number);
        entered = entered || (has(who, R"("code":"enterer")") && has(who, R"("target":[{"reference":"Appointment/)"));
    }
    CHECK(entered);
    const auto served = translated(booking + "RGS|1\rAIS|1||X^Scan^L\r");
    CHECK(entry(served, "ServiceRequest", 2) == nullptr);
}

TEST_CASE("who fulfils orders is asked by a Task; nobody else is") {
    const std::string order = "MSH|^~\\&|OE|HOSP|LAB|HOSP|20240501120000||OML^O21^OML_O21|M1|P|2.5.1\rPID|1||123^^^MRN\r"
                              "ORC|NW|P1^OE||||||||20240501120000|||7^Doc^Ann\rTQ1|1||||||20240502|20240503|S\rOBR|1|P1^OE||24331-1^Lipids^LN\r";
    CHECK(entry(translated(order), "Task") == nullptr);
    const auto made = translated(order, false, {"fulfils-orders"});
    const std::string task = json(made, "Task");
    for (const std::string part : {R"("code":"fulfill")", R"("status":"requested")", R"("priority":"stat")", R"("executionPeriod":{"start":"2024-05-02","end":"2024-05-03"})"})
        CHECK_MESSAGE(has(task, part), task);
    CHECK(has(task, R"("focus":{"reference":"ServiceRequest/)" + entry(made, "ServiceRequest")->id));
    CHECK(has(task, R"("for":{"reference":"Patient/)" + entry(made, "Patient")->id));
}

}
