// SPDX-License-Identifier: Apache-2.0
#include "mapping/library.h"
#include "mapping/program.h"
#include "fhir/testing.h"

#include <doctest/doctest.h>

using namespace mapping;

namespace {

using fhir::testing::r4;

std::string fault_of(std::string_view text) {
    terminology::ConceptMaps codes;
    if (!codes.add("sex", "from a\nto b\nM\tmale\n")) FAIL("the concept map of this test");
    auto maps = read_maps("x.map", text);
    REQUIRE_MESSAGE(maps, (maps ? std::string{} : maps.fault().text));
    auto program = Program::compile(std::move(*maps), r4(), codes);
    return program ? std::string{} : program.fault().text;
}

}  // namespace

TEST_SUITE("mapping/program") {

TEST_CASE("our own maps hold against the definitions") {
    const auto library = load_library({{ANDIRON_SOURCE_DIR "/profiles/maps/hl7v2"}, {ANDIRON_SOURCE_DIR "/profiles/vocabulary"}}, r4());
    if (!library)
        for (const auto& finding : library.fault().findings) MESSAGE(finding.text);
    REQUIRE_MESSAGE(library, (library ? std::string{} : library.fault().text));
    CHECK(library->program.message("ORU_R01") != nullptr);
    CHECK(library->program.message("PID[Patient]") == nullptr);
}

TEST_CASE("a target that the type has not is refused with its line") {
    CHECK(fault_of("map PID to Patient\nPID-7 -> birthDay\n") == "x.map:2: Patient has no element 'birthDay'");
    CHECK(fault_of("map PID to Patnt\n").find("no type Patnt") != std::string::npos);
}

TEST_CASE("a complex element needs a map and a primitive cannot have one") {
    CHECK(fault_of("map PID to Patient\nPID-5 -> name\n").find("needs a map") != std::string::npos);
    CHECK(fault_of("map PID to Patient\nPID-5 -> gender as XPN\n").find("which no map makes") != std::string::npos);
    CHECK(fault_of("map PID to Patient\nPID-5 -> name as XPN\n").find("no map XPN to HumanName") != std::string::npos);
}

TEST_CASE("messages share rows: several names for the same ones, and parts that are written once") {
    const std::string maps = "map PID to Patient\nPID-8 -> gender code sex\n"
                             "part person\nPID make patient PID[Patient]\n"
                             "message ADT_A01 ADT_A02\nuse person\n"
                             "message QRY\nGROUP\n  use person\n  link patient.generalPractitioner -> other\n";
    CHECK(fault_of(maps) == "x.map:10: nothing makes other");
    CHECK(fault_of("message A\nuse nobody\n") == "x.map:2: there is no part nobody");
    CHECK(fault_of("part p\nuse p\nmessage A\nuse p\n").find("uses itself") != std::string::npos);

    terminology::ConceptMaps codes;
    REQUIRE(codes.add("sex", "from a\nto b\nM\tmale\n"));
    auto read = read_maps("x.map", maps.substr(0, maps.find("message QRY")));
    REQUIRE(read);
    const auto program = Program::compile(std::move(*read), r4(), codes);
    REQUIRE(program);
    REQUIRE(program->message("ADT_A02") != nullptr);
    CHECK(program->message("ADT_A02")->rows.size() == 1);
    CHECK(program->place(program->message("ADT_A02")->rows[0].number).line == 4);
    CHECK(program->message("part person") == nullptr);
}

TEST_CASE("a constant must be in the value set that binds the element") {
    CHECK(fault_of("map PID to Patient\n-> gender = 'male'\n").empty());
    CHECK(fault_of("map PID to Patient\n-> gender = 'masculine'\n").find("value set") != std::string::npos);
}

TEST_CASE("an unknown concept map or conversion is refused") {
    CHECK(fault_of("map PID to Patient\nPID-8 -> gender code sex\n").empty());
    CHECK(fault_of("map PID to Patient\nPID-8 -> gender code sexes\n").find("no concept map sexes") != std::string::npos);
    CHECK(fault_of("map PID to Patient\nPID-8 -> gender as shout\n").find("no conversion shout") != std::string::npos);
}

TEST_CASE("a reference goes only where the element allows") {
    const std::string location = "map PL to Location\nPL.1 -> name\n";
    CHECK(fault_of(location + "map PV1 to Encounter\nPV1-3 -> location.location as PL[Location]\n").empty());
    CHECK(fault_of(location + "map PV1 to Encounter\nPV1-3 -> subject as PL[Location]\n").find("may not refer to Location") != std::string::npos);
}

TEST_CASE("a site replaces, drops and adds rows of a map") {
    terminology::ConceptMaps codes;
    auto maps = read_maps("ours.map", "map PID to Patient\nPID-7 -> birthDate\nPID-8 -> gender\nPID-30 -> deceasedBoolean\n");
    auto site = read_maps("site.map", "map PID to Patient\noverride PID-8 -> language\ndrop PID-30\nPID-1 -> implicitRules\n");
    REQUIRE(maps);
    REQUIRE(site);
    maps->push_back(std::move(site->front()));
    auto program = Program::compile(std::move(*maps), r4(), codes);
    REQUIRE_MESSAGE(program, (program ? std::string{} : program.fault().text));
    REQUIRE(program->maps().size() == 1);
    const auto& rows = program->map(0).rows;
    REQUIRE(rows.size() == 4);
    CHECK(rows[1].target.steps.at(0).shape.name == r4().names().find("language"));
    CHECK(program->file(program->place(rows[0].number).file) == "ours.map");
    CHECK(program->file(program->place(rows[1].number).file) == "site.map");
    CHECK(program->place(rows[1].number).line == 2);
    CHECK(rows[2].kind == Row::Kind::drop);
}

TEST_CASE("what is joined must be of one type, and what is moved of two") {
    const std::string maps = "map PID to Patient\nPID-3.1 -> identifier.value\nmap PV1 to Encounter\nPV1-19.1 -> identifier.value\n"
                             "message ADT_A39\nPID make patient PID[Patient]\nMRG make old PID[Patient]\nPV1 make visit PV1[Encounter]\n";
    CHECK(fault_of(maps + "merge old -> patient\nunmerge old -> patient\nconnect old -> patient\nmove visit -> patient\n").empty());
    CHECK(fault_of(maps + "merge visit -> patient\n") == "x.map:9: these are of one type: visit and patient");
    CHECK(fault_of(maps + "move old -> patient\n").find("are of two types") != std::string::npos);
    CHECK(fault_of(maps + "merge elder -> patient\n") == "x.map:9: nothing makes elder");
    CHECK(fault_of(maps + "merge patient -> patient\n") == "x.map:9: patient cannot be joined with itself");
}

TEST_CASE("a site says what identifies") {
    terminology::ConceptMaps codes;
    auto maps = read_maps("ours.map", "map PID to Patient\nidentity identifier:MR\nidentity PID-5\nPID-3.1 -> identifier.value\n");
    auto site = read_maps("site.map", "map PID to Patient\noverride identity identifier(http://hospital/mrn)\n");
    REQUIRE(maps);
    REQUIRE(site);
    maps->push_back(std::move(site->front()));
    auto program = Program::compile(std::move(*maps), r4(), codes);
    REQUIRE_MESSAGE(program, (program ? std::string{} : program.fault().text));
    const Map& map = program->map(0);
    REQUIRE(map.identities.size() == 1);
    CHECK(program->file(program->place(map.identities[0].number).file) == "site.map");
    CHECK(map.identities[0].identity.at(0).types == std::vector<std::string>{"http://hospital/mrn"});
    CHECK(map.identities[0].identity.at(0).only_these);
}

TEST_CASE("a map that runs itself is refused") {
    CHECK(fault_of("map A to HumanName\nA.1 -> . as B[HumanName]\nmap B to HumanName\nB.1 -> . as A[HumanName]\n").find("runs itself") !=
          std::string::npos);
}

TEST_CASE("a part may tie what a message does not make, a message may not") {
    const std::string maps = "map PID to Patient\nPID-8 -> gender code sex\nmap NK1 to RelatedPerson\nNK1-15 -> gender code sex\n";
    CHECK(fault_of(maps + "part kin\nNK1 make relative NK1[RelatedPerson]\n  link relative.patient -> patient\nmessage M\nuse kin\n").empty());
    CHECK(fault_of(maps + "message M\nNK1 make relative NK1[RelatedPerson]\n  link relative.patient -> patient\n").find("nothing makes patient") !=
          std::string::npos);
    CHECK(fault_of(maps + "message M\nfind patient Patent \"{PID-3}\"\n").find("is no resource") != std::string::npos);
    CHECK(fault_of(maps + "message M\nPID make patient PID[Patient]\nfind patient Group \"{PID-3}\"\n").find("patient is Patient") != std::string::npos);
    CHECK(fault_of("map PID to Patient\nwhole name.given\n").find("said as a whole") != std::string::npos);
    CHECK(fault_of("map PID to Patient\nPID-8 -> gender\ndelete birthDate contact.name if PID-8 valued\nassumed gender\n").empty());
    CHECK(fault_of("map PID to Patient\ndelete nothing\n").find("nothing") != std::string::npos);
    CHECK(fault_of("map AL1 to AllergyIntolerance\nAL1-3 -> code.text\nalike patient code\n").empty());
    CHECK(fault_of("map AL1 to AllergyIntolerance\nalike patient substance\n").find("substance") != std::string::npos);
    CHECK(fault_of("map PID to Patient\nassumed contact.name\n").find("of the resource itself") != std::string::npos);
}

}
