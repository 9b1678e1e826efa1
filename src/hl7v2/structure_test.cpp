// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/structure.h"

#include "hl7v2/parse.h"

#include <doctest/doctest.h>

#include <set>

using hl7v2::arrange;
using hl7v2::Grammar;
using hl7v2::Message;
using hl7v2::Node;
using hl7v2::Tree;

namespace {

const Grammar& grammar() {
    static const Grammar read = [] {
        auto loaded = Grammar::load(ANDIRON_SOURCE_DIR "/profiles/structure/hl7v2");
        REQUIRE_MESSAGE(bool(loaded), (loaded ? std::string() : loaded.fault().text));
        return *std::move(loaded);
    }();
    return read;
}

Message message_of(std::string type, const std::string& segments) {
    auto read = hl7v2::parse("MSH|^~\\&|A|B|C|D|2024||" + type + "|1|P|2.5.1\r" + segments);
    REQUIRE(bool(read));
    return *std::move(read);
}

// "PATIENT_RESULT(PATIENT(PID) ...)"; what is unexpected has a '!'.
void draw(const Tree& tree, const Node& node, std::string& out) {
    for (auto each = tree.child(node); each; each = tree.next(*each)) {
        if (!out.empty() && out.back() != '(') out += ' ';
        out += each->name;
        if (!each->expected) out += '!';
        if (!each->is_group()) continue;
        out += '(';
        draw(tree, *each, out);
        out += ')';
    }
}

std::string drawn(const std::string& type, const std::string& names) {
    std::string segments;
    for (std::size_t i = 0; i < names.size(); i += 4) segments += names.substr(i, 3) + "|1\r";
    const auto message = message_of(type, segments);
    const auto structure = grammar().of(message);
    REQUIRE(bool(structure));
    const auto tree = arrange(message, *structure);
    std::string out;
    draw(tree, tree.root(), out);
    return out.substr(out.find(' ') + 1);
}

}  // namespace

TEST_SUITE("hl7v2/structure") {
    TEST_CASE("every structure of the house can be read and begins with MSH") {
        for (const char* name : {"ADT_A01", "ADT_A02", "ADT_A03", "ADT_A05", "ADT_A06", "ADT_A09", "ADT_A15", "ORU_R01", "MDM_T02",
                                 "ORM_O01", "OML_O21", "SIU_S12", "VXU_V04", "ACK"}) {
            const auto* structure = grammar().find(name);
            REQUIRE(structure);
            CHECK(structure->element(1).names[0] == "MSH");
        }
    }

    TEST_CASE("the event decides when MSH-9.3 is absent or wrong") {
        const auto of = [](const char* type) { return (*grammar().of(message_of(type, "")))->name(); };
        for (const char* type : {"ADT^A01", "ADT^A04", "ADT^A08", "ADT^A13", "ADT^A04^ADT_A01", "ADT^A04^ADT_A04", "ADT^A01^ORU_R01"})
            CHECK(of(type) == "ADT_A01");
        CHECK(of("ADT^A28") == "ADT_A05");
        CHECK(of("ADT^A01^ADT_A05") == "ADT_A05");
        CHECK(of("ADT^A40") == "ADT_A39");
        CHECK(of("ACK") == "ACK");
        CHECK(of("ACK^R01") == "ACK");
        CHECK(of("ACK^R01^ACK") == "ACK");
    }

    TEST_CASE("an event that MSH-9 leaves out stands in EVN-1") {
        CHECK((*grammar().of(message_of("ADT", "EVN|A03|199101020304\r")))->name() == "ADT_A03");
        CHECK((*grammar().of(message_of("MDM", "EVN|T02\r")))->name() == "MDM_T02");
        CHECK((*grammar().of(message_of("ADT^A01", "EVN|A03\r")))->name() == "ADT_A01");
    }

    TEST_CASE("I-14 an unknown type or event is a fault that says which") {
        CHECK(grammar().of(message_of("XXX^Y01", "")).fault().where == "MSH-9.1");
        CHECK(grammar().of(message_of("", "")).fault().where == "MSH-9.1");
        CHECK(grammar().of(message_of("ORU^A01", "")).fault().where == "MSH-9.2");
        CHECK(grammar().of(message_of("ADT", "")).fault().where == "MSH-9.2");
        CHECK(grammar().of(message_of("ADT", "EVN|X99|1991\r")).fault().where == "MSH-9.2");
        CHECK((*grammar().of(message_of("ORU", "")))->name() == "ORU_R01");
        CHECK((*grammar().of(message_of("ORM", "")))->name() == "ORM_O01");
    }

    TEST_CASE("results stand below their order, orders below their patient") {
        CHECK(drawn("ORU^R01", "PID PV1 ORC OBR OBX NTE OBX OBR OBX") ==
              "PATIENT_RESULT(PATIENT(PID VISIT(PV1)) "
              "ORDER_OBSERVATION(COMMON_ORDER(ORC) OBR OBSERVATION(OBX NTE) OBSERVATION(OBX)) "
              "ORDER_OBSERVATION(OBR OBSERVATION(OBX)))");
    }

    TEST_CASE("an OBX after SPM is the specimen's") {
        CHECK(drawn("ORU^R01^ORU_R01", "PID OBR OBX SPM OBX OBX SPM ORC OBR OBX") ==
              "PATIENT_RESULT(PATIENT(PID) ORDER_OBSERVATION(OBR OBSERVATION(OBX) "
              "SPECIMEN(SPM SPECIMEN_OBSERVATION(OBX) SPECIMEN_OBSERVATION(OBX)) SPECIMEN(SPM)) "
              "ORDER_OBSERVATION(COMMON_ORDER(ORC) OBR OBSERVATION(OBX)))");
    }

    TEST_CASE("a second patient begins a second PATIENT_RESULT") {
        CHECK(drawn("ORU^R01", "PID OBR OBX PID OBR OBX DSC") ==
              "PATIENT_RESULT(PATIENT(PID) ORDER_OBSERVATION(OBR OBSERVATION(OBX))) "
              "PATIENT_RESULT(PATIENT(PID) ORDER_OBSERVATION(OBR OBSERVATION(OBX))) DSC");
    }

    TEST_CASE("notes belong to what they follow") {
        CHECK(drawn("ORU^R01", "PID NTE PV1 ORC OBR NTE NTE TQ1 OBX NTE") ==
              "PATIENT_RESULT(PATIENT(PID NTE VISIT(PV1)) ORDER_OBSERVATION(COMMON_ORDER(ORC) OBR NTE NTE TIMING_QTY(TQ1) "
              "OBSERVATION(OBX NTE)))");
    }

    TEST_CASE("an admission has its groups, in every version's order") {
        CHECK(drawn("ADT^A01", "EVN PID PD1 NK1 NK1 PV1 PV2 OBX AL1 DG1 PR1 ROL GT1 IN1 IN2 IN1 ACC") ==
              "EVN PID PD1 NEXT_OF_KIN(NK1) NEXT_OF_KIN(NK1) PV1 PV2 OBSERVATION(OBX) AL1 DG1 PROCEDURE(PR1 ROL) GT1 "
              "INSURANCE(IN1 IN2) INSURANCE(IN1) ACC");
    }

    TEST_CASE("vaccinations with and without a common order") {
        CHECK(drawn("VXU^V04", "PID ORC RXA RXR OBX OBX ORC RXA") ==
              "PID ORDER(ORC RXA RXR OBSERVATION(OBX) OBSERVATION(OBX)) ORDER(ORC RXA)");
        CHECK(drawn("VXU^V04", "PID RXA OBX RXA") == "PID ORDER(RXA OBSERVATION(OBX)) ORDER(RXA)");
    }

    TEST_CASE("a choice is one of its segments, and the next order is not a prior result") {
        CHECK(drawn("ORM^O01", "PID ORC RXO NTE ORC OBR DG1 OBX") ==
              "PATIENT(PID) ORDER(ORC ORDER_DETAIL(RXO NTE)) ORDER(ORC ORDER_DETAIL(OBR DG1 OBSERVATION(OBX)))");
        CHECK(drawn("OML^O21", "PID ORC OBR SPM ORC OBR PID ORC OBR OBX") ==
              "PATIENT(PID) ORDER(ORC OBSERVATION_REQUEST(OBR SPECIMEN(SPM))) "
              "ORDER(ORC OBSERVATION_REQUEST(OBR PRIOR_RESULT(PATIENT_PRIOR(PID) "
              "ORDER_PRIOR(ORC OBR OBSERVATION_PRIOR(OBX)))))");
    }

    TEST_CASE("appointments keep their resources together") {
        CHECK(drawn("SIU^S12", "SCH NTE PID PV1 RGS AIS NTE AIG AIL AIP RGS AIP") ==
              "SCH NTE PATIENT(PID PV1) RESOURCES(RGS SERVICE(AIS NTE) GENERAL_RESOURCE(AIG) LOCATION_RESOURCE(AIL) "
              "PERSONNEL_RESOURCE(AIP)) RESOURCES(RGS PERSONNEL_RESOURCE(AIP))");
        CHECK(drawn("SIU^S12", "SCH PID AIS") == "SCH PATIENT(PID) RESOURCES(SERVICE(AIS))");
    }

    TEST_CASE("I-33 what is unknown or out of order stands where it stood, marked and remarked upon") {
        CHECK(drawn("ORU^R01", "PID ZPI OBR OBX ZOB QQQ OBX") ==
              "PATIENT_RESULT(PATIENT(PID ZPI!) ORDER_OBSERVATION(OBR OBSERVATION(OBX ZOB! QQQ!) OBSERVATION(OBX)))");
        CHECK(drawn("ADT^A01", "EVN PID PV1 DG1 AL1 NK1 IN1") == "EVN PID PV1 DG1 AL1! NEXT_OF_KIN(NK1!) INSURANCE(IN1)");
        CHECK(drawn("ADT^A01", "EVN PID PV1 PV1") == "EVN PID PV1 PV1!");
        const auto message = message_of("ADT^A01", "EVN|1\rPID|1\rPV1|1\rZZZ|1\rPID|2\r");
        const auto tree = arrange(message, grammar().find("ADT_A01"));
        REQUIRE(tree.findings().size() == 2);
        CHECK(tree.findings()[0].severity == base::Severity::information);
        CHECK(tree.findings()[0].line == 5);
        CHECK(tree.findings()[1].severity == base::Severity::warning);
        CHECK(tree.findings()[1].where == "PID");
    }

    TEST_CASE("I-33 a missing required part is an error, what old senders leave out a warning") {
        const auto findings = [](const char* type, const char* name, const char* segments) {
            return arrange(message_of(type, segments), grammar().find(name)).findings();
        };
        CHECK(findings("ADT^A01", "ADT_A01", "EVN\rPID|1\rPV1|1\r").empty());
        auto found = findings("ADT^A01", "ADT_A01", "PV1|1\r");
        REQUIRE(found.size() == 2);
        CHECK(found[0].where == "EVN");
        CHECK(found[0].severity == base::Severity::warning);
        CHECK(found[1].where == "PID");
        CHECK(found[1].severity == base::Severity::error);
        CHECK(found[1].type == base::IssueType::required);
        found = findings("ORU^R01", "ORU_R01", "PID|1\rORC|1\r");
        REQUIRE(found.size() == 1);
        CHECK(found[0].where == "OBR");
        CHECK(found[0].severity == base::Severity::error);
        CHECK(found[0].text == "ORU_R01.PATIENT_RESULT.ORDER_OBSERVATION.OBR is missing");
        found = findings("ORU^R01", "ORU_R01", "PID|1\r");
        REQUIRE(found.size() == 1);
        CHECK(found[0].where == "OBR");
        CHECK(found[0].severity == base::Severity::warning);
        found = findings("ADT^A40", "ADT_A39", "EVN\rPID|1\r");
        REQUIRE(found.size() == 1);
        CHECK(found[0].where == "MRG");
        CHECK(found[0].severity == base::Severity::error);
    }

    TEST_CASE("every segment is in the tree once, whatever the message") {
        std::string segments;
        unsigned random = 12345;
        const char* names[] = {"PID", "PV1", "ORC", "OBR", "OBX", "NTE", "SPM", "ZZ1", "DSC", "IN1", "RXA"};
        for (int i = 0; i < 2000; ++i) {
            random = random * 1664525u + 1013904223u;
            segments += std::string(names[(random >> 16) % std::size(names)]) + "|1\r";
        }
        for (const char* name : {"ORU_R01", "ADT_A01", "OML_O21", "VXU_V04", "ACK"}) {
            const auto message = message_of("ORU^R01", segments);
            const auto tree = arrange(message, grammar().find(name));
            std::set<std::uint32_t> seen;
            for (std::uint32_t i = 0; i < tree.size(); ++i) {
                if (tree.node(i).is_group()) continue;
                CHECK(seen.insert(tree.node(i).segment).second);
                CHECK(tree.node(i).name == message.segment(tree.node(i).segment).name());
            }
            CHECK(seen.size() == message.size());
        }
        const auto message = message_of("XXX", "PID|1\r");
        CHECK(arrange(message, nullptr).size() == 3);
    }

    TEST_CASE("children are found by name") {
        const auto message = message_of("ORU^R01", "PID|1\rOBR|1\rOBX|1\rOBR|2\r");
        const auto tree = arrange(message, grammar().find("ORU_R01"));
        const auto* result = tree.child(tree.root(), "PATIENT_RESULT");
        REQUIRE(result);
        const auto* order = tree.child(*result, "ORDER_OBSERVATION");
        REQUIRE(order);
        CHECK(message.segment(tree.child(*order, "OBR")->segment).field(1).raw() == "1");
        order = tree.next(*order, "ORDER_OBSERVATION");
        REQUIRE(order);
        CHECK(message.segment(tree.child(*order, "OBR")->segment).field(1).raw() == "2");
        CHECK(tree.child(*order, "OBX") == nullptr);
        CHECK(tree.next(*order, "ORDER_OBSERVATION") == nullptr);
    }

    TEST_CASE("a structure file that is wrong says where") {
        for (const char* bad : {"", "structur X", "structure", "structure X", "structure X\nMSH [PID", "structure X\nMSH PID]", "structure X\nMSH [{PID]}",
                                "structure X\nMSH [PV1 [PV2]]", "structure X\nMSH <A>", "structure X\nMSH <OBR|RXO", "structure X\nMSH AB",
                                "structure X\nGROUP PID", "structure X\nMSH ] [", "structure X\n[{[{[{[{[{PID}]}]}]}]}]"}) {
            CAPTURE(bad);
            const auto read = hl7v2::Structure::read(bad);
            REQUIRE_FALSE(bool(read));
            CHECK(read.fault().where.starts_with("line "));
        }
        CHECK_FALSE(bool(Grammar::read({"structure X\nMSH", "structure X\nMSH"})));
        CHECK_FALSE(bool(Grammar::read({"structure X\nevent A^B\nMSH", "structure Y\nevent A^B\nMSH"})));
        CHECK(Grammar::load("/nowhere").fault().kind == base::Fault::Kind::missing);
    }
}
