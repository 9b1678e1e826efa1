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

// Maps in a folder of their own.
struct Site {
    explicit Site(const std::string& text) : folder(files::temp_directory_path() / ("andiron-site-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)))) {
        files::create_directories(folder);
        std::ofstream(folder / "site.map") << text;
    }
    ~Site() { files::remove_all(folder); }
    Site(const Site&) = delete;
    Site& operator=(const Site&) = delete;

    mapping::Translation translated(const std::string& text, bool alone = false) const {
        std::vector<std::string> maps{ANDIRON_SOURCE_DIR "/profiles/maps/hl7v2", folder.string()};
        if (alone) maps.erase(maps.begin());
        const auto library = mapping::load_library({.maps = maps, .vocabulary = {ANDIRON_SOURCE_DIR "/profiles/vocabulary"}}, bench().schema);
        REQUIRE_MESSAGE(library, (library ? std::string() : library.fault().text));
        const auto message = parse(text);
        REQUIRE(message);
        const auto structure = bench().grammar.of(*message);
        REQUIRE(structure);
        auto made = translate(*message, **structure, *library, {});
        REQUIRE(made);
        return *std::move(made);
    }
    files::path folder;
};

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

TEST_CASE("a site says which authority identifies, and in which order") {
    const Site site("map PID to Patient\noverride identity identifier(http://hospital/mrn,NI)\n");
    const auto patient = [&](const std::string& pid3) {
        const auto made = site.translated(message("ADT^A08", "1", "HOSP", "PID|1||" + pid3 + "\rPV1|1|I\r"));
        const mapping::Entry* found = entry(made, "Patient");
        REQUIRE(found != nullptr);
        return std::pair(found->id, found->known_by);
    };
    const auto [id, known] = patient("1^^^HOSP^MR~7^^^STATE^NI");
    CHECK(id == patient("2^^^HOSP^MR~7^^^STATE^NI").first);
    CHECK(known == mapping::Number{"urn:id:STATE", "7"});
    CHECK(patient("7^^^STATE^NI~5^^^&http://hospital/mrn&URI^XX").second == mapping::Number{"http://hospital/mrn", "5"});
    // With no other number is he the same again.
    CHECK(patient("1^^^HOSP^MR").first != patient("1^^^HOSP^MR~3").first);
    CHECK_FALSE(patient("1^^^HOSP^MR").second);
}

TEST_CASE("what alone identifies is told, and what is of this message alone") {
    const auto made = translated(message("ADT^A08", "1", "HOSP", "PID|1||123^^^HOSP^MR\rPV1|1|I||||||||||||||||||7^^^HOSP^VN\r"));
    CHECK(entry(made, "Patient")->known_by == mapping::Number{"urn:id:HOSP", "123"});
    CHECK_FALSE(entry(made, "Patient")->of_message);
    CHECK(entry(made, "MessageHeader")->of_message);
    CHECK(made.said_from == 1'714'557'600'000'000);  // 12:00 at +02:00
    CHECK(made.said_to == made.said_from + 1'000'000);
    // A bare number is its sender's: nobody else is looked for.
    CHECK_FALSE(entry(translated(message("ADT^A08", "1", "HOSP", "PID|1||123\rPV1|1|I\r")), "Patient")->known_by);
}

TEST_CASE("a message that merges says which two are one") {
    const Site site("map PID to Patient\nidentity identifier\nPID-3.1 -> identifier[one].value\nPID-3.4 -> identifier[one].system as id-system\n"
                    "map MRG to Patient\nidentity identifier\nMRG-1.1 -> identifier[one].value\nMRG-1.4 -> identifier[one].system as id-system\n"
                    "message ADT_A39\nPATIENT\n  PID make patient PID[Patient]\n  MRG make old MRG[Patient]\n  merge old -> patient\n");
    const auto made = site.translated("MSH|^~\\&|APP|HOSP|EHR|CLINIC|20240501120000||ADT^A40^ADT_A39|1|P|2.5.1\rEVN||20240501\rPID|1||1^^^A\rMRG|2^^^A\rPID|2||3^^^A\rMRG|4^^^A\r", true);
    REQUIRE(made.entries.size() == 4);
    REQUIRE(made.merges.size() == 2);
    CHECK(made.merges[0] == mapping::Merge{mapping::Merge::Kind::merge, "Patient", made.entries[1].id, "Patient", made.entries[0].id});
    CHECK(made.merges[1].gone == made.entries[3].id);
    CHECK(has(mapping::explain(made, false), "merge Patient/" + made.entries[1].id + " -> Patient/" + made.entries[0].id));
}

TEST_CASE("what is said twice of one resource is kept together") {
    const auto made = translated(message("ADT^A08", "1", "HOSP", "PID|1||1^^^H\rNK1|1|Doe^Bob|SPO||555-1\rNK1|2|Doe^Bob|SPO||555-2\rPV1|1|I\r"));
    CHECK(entry(made, "RelatedPerson", 2) == nullptr);
    CHECK(has(json(made, "RelatedPerson"), "555-1"));
    CHECK(has(json(made, "RelatedPerson"), "555-2"));
    CHECK(made.residue.empty());
}

}
