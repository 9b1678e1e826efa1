// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/compose_test.h"

#include "base/text.h"
#include "hl7v2/structure.h"

using namespace hl7v2;
using namespace hl7v2::testing;

TEST_SUITE("hl7v2/compose") {

TEST_CASE("all maps of the way out are proven") { CHECK(composer().kinds().size() >= 18); }

namespace {

const std::string everything =
    header + "PID|1||123^^^HOSP^MR~999-11-2222^^^USSSA^SS||Doe^Jane^Q^Jr^Dr^^L||19800203|F|||1 Main St^Apt 2^Town^ST^12345^USA^H||(555)111-2222^PRN^PH|(555)999-8888^WPN^PH\r"
    "PV1|1|I|ICU^12^A^HOSP|||B6^2|77^Smith^Adam^^^Dr^^^NPI||||||||||||V99^^^HOSP^VN|||||||||||||||||||||||||20240501083000+0200\r"
    "ORC|RE|P1^EHR|F1^LAB|||||||||77^Smith^Adam^^^Dr^^^NPI\r"
    "OBR|1|P1^EHR|F1^LAB|24331-1^Lipids^LN^LIP^Lipid panel^L|||20240501083000+0200|||||||||77^Smith^Adam^^^Dr^^^NPI||||||20240501110000+0200||LAB|F\r"
    "OBX|1|NM|2093-3^Chol^LN^CHO^Cholesterol^L||180.50|mg/dL^mg/dL^UCUM|<200|H|||F|||20240501083000+0200||9^Lab^Tech\r"
    "NTE|1||first\\.br\\second\r"
    "OBX|2|SN|2089-1^LDL^LN||<^30|mg/dL|30-100|L~A|||C\r"
    "OBX|3|CWE|600-7^Culture^LN||112283007^E. coli^SCT^EC^E.coli^L||||||P\r"
    "OBX|4|ST|X^Text^L||a \\T\\ b \\F\\ c||||||F\r"
    "SPM|1|S1&EHR^S2&LAB||119297000^Blood^SCT|||||||||||||20240501080000+0200|20240501090000+0200\r";

std::string segment(const std::string& message, std::string_view name, int number = 1) {
    for (const auto line : base::split(message, '\r'))
        if (line.starts_with(name) && --number == 0) return std::string(line);
    return {};
}

// What goes out is a message of its own structure, to the letter of the grammar.
void check_grammar(const std::string& message) {
    const auto read = parse(message);
    REQUIRE(read);
    CHECK(check_header(*read));
    const auto structure = bench().grammar.of(*read);
    REQUIRE(structure);
    const Tree tree = arrange(*read, *structure);
    for (const base::Finding& finding : tree.findings()) FAIL_CHECK(finding.where << " " << finding.text);
}

}  // namespace

TEST_CASE("allergies and insurances go out beside the visit and the order") {
    const std::string patient = "PID|1||123^^^HOSP^MR||Doe^Jane||19800203|F\r";
    const std::string allergies = "AL1|1|DA|70618^Penicillin^RXNORM|SV|Hives~Wheeze|20200101\rAL1|2|FA|^Egg|MI\r";
    const std::string insurance = "IN1|1|GOLD^Gold plan|INS1^^^PAY|Best Insurance||||GRP7|Group 7|||20240101|20251231|||Doe^Jane|SEL|19800203||||1||||||||||||||POL9\r";
    const std::string visit = admit + patient + "PV1|1|I|ICU^12|||||||||||||||||V99^^^HOSP^VN\r" + allergies + insurance;
    const std::string out = sent(translated(visit), "Encounter");
    check_grammar(out);
    CHECK(segment(out, "AL1", 1) + '\r' + segment(out, "AL1", 2) + '\r' == allergies);
    CHECK(segment(out, "IN1") + '\r' == insurance);
    for (const char* const kind : {"ORM", "OML"}) {
        const std::set<std::string, std::less<>> kinds{kind};
        const std::string order = sent(translated("MSH|^~\\&|EHR|HOSP|LAB|HOSP|20240501120000||OML^O21^OML_O21|M1|P|2.5.1\r" + patient + insurance + allergies +
                                                  "ORC|NW|P1^EHR\rOBR|1|P1^EHR||24331-1^Lipids^LN\r"),
                                       "ServiceRequest", "2.5.1", &kinds);
        check_grammar(order);
        CHECK(segment(order, "AL1", 2) == "AL1|2|FA|^Egg|MI");
        CHECK(segment(order, "IN1") + '\r' == insurance);
    }
    const std::string mistaken = sent(translated(admit + patient + "PV1|1|I|||||||||||||||||V99\rIAM|1|DA|X^Y^L|SV||D\r"), "Encounter");
    CHECK(segment(mistaken, "AL1").empty());
}

TEST_CASE("a result goes out as it came in") {
    const std::string out = sent(translated(everything), "DiagnosticReport");
    check_grammar(out);
    CHECK(segment(out, "MSH") == "MSH|^~\\&|LAB|HOSP|||20240501120000+0000||ORU^R01^ORU_R01|OUT1|P|2.5.1||||||UNICODE UTF-8");
    for (const char* name : {"PV1", "OBR"}) CHECK(segment(out, name) == segment(everything, name));
    CHECK(segment(out, "PID") == "PID|1||123^^^HOSP^MR||Doe^Jane^Q^Jr^Dr^^L||19800203|F|||1 Main St^Apt 2^Town^ST^12345^USA^H||(555)111-2222^PRN^PH|(555)999-8888^WPN^PH|||||999-11-2222");
    CHECK(segment(out, "OBX", 1) == segment(everything, "OBX", 1));
    CHECK(segment(out, "NTE") == segment(everything, "NTE"));
    CHECK(segment(out, "OBX", 2) == "OBX|2|SN|2089-1^LDL^LN||<^30|mg/dL|30-100|L~A|||C|||20240501083000+0200");
    CHECK(segment(out, "OBX", 3) == "OBX|3|CWE|600-7^Culture^LN||112283007^E. coli^SCT^EC^E.coli^L||||||P|||20240501083000+0200");
    CHECK(segment(out, "OBX", 4) == "OBX|4|ST|X^Text^L||a \\T\\ b \\F\\ c||||||F|||20240501083000+0200");
    CHECK(segment(out, "SPM") == segment(everything, "SPM"));
}

TEST_CASE("version 2.3 has neither MSH-9.3 nor SPM, and CE for CWE") {
    const std::string out = sent(translated(everything), "DiagnosticReport", "2.3");
    CHECK(has(segment(out, "MSH"), "|ORU^R01|"));
    CHECK(segment(out, "SPM").empty());
    CHECK(has(segment(out, "OBR"), "|119297000&Blood&SCT|"));
    CHECK(segment(out, "OBX", 3).starts_with("OBX|3|CE|"));
}

TEST_CASE("what comes in by v2 and goes out again is the same when it comes back") {
    const auto first = translated(everything);
    const auto second = translated(sent(first, "DiagnosticReport"));
    for (const char* type : {"Patient", "Encounter", "DiagnosticReport", "Specimen"}) {
        CAPTURE(type);
        REQUIRE(entry(second, type) != nullptr);
        CHECK(entry(first, type)->id == entry(second, type)->id);
    }
    for (int number = 1; number <= 4; ++number) {
        CAPTURE(number);
        CHECK(json(first, "Observation", number) == json(second, "Observation", number));
    }
    CHECK(sent(second, "DiagnosticReport") == sent(first, "DiagnosticReport"));
}

TEST_CASE("each message of a visit and a person is of its structure") {
    const auto made = translated(everything);
    const std::string visit = sent(made, "Encounter");
    check_grammar(visit);
    CHECK(has(visit, "|ADT^A01^ADT_A01|"));
    CHECK(has(visit, "\rEVN|A01|20240501120000+0000||||20240501083000+0200\r"));
    const std::string person = sent(made, "Patient");
    check_grammar(person);
    CHECK(has(person, "|ADT^A28^ADT_A05|"));
    const std::string changed = sent(made, "Patient", "2.5.1", nullptr, "updated");
    CHECK(has(changed, "|ADT^A31^ADT_A05|"));
    const std::set<std::string, std::less<>> laboratory{"OML"};
    const std::string order = sent(made, "ServiceRequest", "2.5.1", &laboratory);
    check_grammar(order);
    CHECK(has(order, "|OML^O21^OML_O21|"));
    check_grammar(sent(made, "ServiceRequest"));
}

TEST_CASE("I-18 I-19: no text begins a segment, a field or a frame") {
    auto made = translated(everything);
    const std::string text = "x\rOBX|9|ST|evil^~\\&|y";
    auto report = fhir::codec::read_json(R"({"resourceType":"DiagnosticReport","status":"final","code":{"text":"c|d^e"},"conclusion":"x\rOBX|9|ST|evil^~\\&|y"})",
                                         bench().schema.names());
    REQUIRE(report);
    mapping::ComposeOptions options;
    options.now = noon;
    const auto composed = composer().compose({report->root(), {}, "created"}, options);
    REQUIRE(composed);
    REQUIRE(composed->size() == 1);
    const std::string out = write(composed->front(), Heading{});
    CHECK(std::count(out.begin(), out.end(), '\r') == 3);  // MSH, OBR, NTE
    CHECK(has(out, "\rNTE|1||x\\X0D\\OBX\\F\\9\\F\\ST\\F\\evil\\S\\\\R\\\\E\\\\T\\\\F\\y\r"));
    const auto read = parse(out);
    REQUIRE(read);
    CHECK(read->at("NTE-3").text() == text);
    CHECK(read->at("OBR-4.2").text() == "c|d^e");
}

TEST_CASE("delimiters and character set are the receiver's") {
    auto person = fhir::codec::read_json(R"({"resourceType":"Patient","name":[{"family":"M\u00fcller#@"}]})", bench().schema.names());
    REQUIRE(person);
    const auto composed = composer().compose({person->root(), {}, "created"}, {.now = noon});
    REQUIRE(composed);
    REQUIRE(composed->size() == 1);
    Heading heading;
    heading.delimiters = {'#', '@', '*', '!', '%'};
    heading.charset = "8859/1";
    heading.control_id = "1";
    const std::string out = write(composed->front(), heading);
    CHECK(has(out, "M\xfcller!F!!S!"));
    const auto read = parse(out);
    REQUIRE(read);
    CHECK(read->at("PID-5.1.1").text() == "M\u00fcller#@");
}

TEST_CASE("every golden message that makes a report goes out and comes back with the same ids") {
    for (const auto& file : files::recursive_directory_iterator(ANDIRON_SOURCE_DIR "/conformance-tests/translations/hl7v2")) {
        if (file.path().extension() != ".hl7") continue;
        CAPTURE(file.path().string());
        const std::string text = read(file.path());
        const auto first = translated(text);
        // A report without a number is one within its message's bytes: it cannot be known again.
        const mapping::Entry* report = entry(first, "DiagnosticReport");
        if (report == nullptr || !report->resource.root().child("identifier")) continue;
        const auto message = parse(text);
        REQUIRE(message);
        // Numbers without an authority are the sender's: it stays the same.
        const std::string out = sent(first, "DiagnosticReport", "2.5.1", nullptr, "created", std::string(message->at("MSH-3").raw()), std::string(message->at("MSH-4").raw()));
        check_grammar(out);
        const auto second = translated(out);
        CHECK(entry(first, "DiagnosticReport")->id == entry(second, "DiagnosticReport")->id);
        CHECK(segment(sent(second, "DiagnosticReport"), "PID") == segment(out, "PID"));
        for (int number = 1; !segment(out, "OBX", number).empty(); ++number)
            CHECK(segment(sent(second, "DiagnosticReport"), "OBX", number) == segment(out, "OBX", number));
    }
}

}
