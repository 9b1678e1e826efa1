// SPDX-License-Identifier: Apache-2.0
#include "terminology/local_service.h"
#include "terminology/testing.h"

#include <doctest/doctest.h>

using namespace terminology;

namespace {

constexpr std::string_view laboratory = R"({"resourceType":"ConceptMap","url":"http://example.org/lab-to-loinc","version":"2","status":"active",
    "targetUri":"http://example.org/sets/loinc","group":[{"source":"urn:id:LAB","target":"http://loinc.org","element":[
      {"code":"NA","target":[{"code":"2951-2","display":"Sodium","equivalence":"equivalent"},{"code":"2947-0","equivalence":"narrower"}]},
      {"code":"XX","target":[{"equivalence":"unmatched"}]}],
      "unmapped":{"mode":"fixed","code":"OTHER","display":"Something else"}}]})";
constexpr std::string_view retired = R"({"resourceType":"ConceptMap","url":"http://example.org/old","status":"retired",
    "group":[{"source":"urn:id:OLD","target":"http://loinc.org","element":[{"code":"1","target":[{"code":"2","equivalence":"equal"}]}]}]})";

}  // namespace

TEST_SUITE("terminology/local_service") {

TEST_CASE("a code has the counterparts of the maps that know it, and those for the rest when none does") {
    const auto library = terminology::testing::library({laboratory, retired});
    const Local codes(library);
    const LocalService service(library, codes);
    const auto sodium = service.translate({"urn:id:LAB", "", "NA", ""}, {});
    REQUIRE(sodium.size() == 2);
    CHECK(sodium[0].coding.code == "2951-2");
    CHECK(sodium[0].coding.system == "http://loinc.org");
    CHECK(sodium[0].coding.display == "Sodium");
    CHECK(sodium[0].equivalence == "equivalent");
    CHECK(sodium[0].map == "http://example.org/lab-to-loinc|2");
    CHECK(sodium[1].equivalence == "narrower");
    CHECK(service.translate({"urn:id:LAB", "", "XX", ""}, {}).empty());
    const auto other = service.translate({"urn:id:LAB", "", "?", ""}, {});
    REQUIRE(other.size() == 1);
    CHECK(other[0].coding.code == "OTHER");
}

TEST_CASE("what is asked for narrows: target system, map, value set") {
    const auto library = terminology::testing::library({laboratory});
    const Local codes(library);
    const LocalService service(library, codes);
    const Coding sodium{"urn:id:LAB", "", "NA", ""};
    CHECK(service.translate(sodium, {.target_system = "http://snomed.info/sct", .target_set = {}, .map = {}}).empty());
    CHECK(service.translate(sodium, {.target_system = {}, .target_set = {}, .map = "http://example.org/lab-to-loinc"}).size() == 2);
    CHECK(service.translate(sodium, {.target_system = {}, .target_set = {}, .map = "http://example.org/another"}).empty());
    CHECK(service.translate(sodium, {.target_system = {}, .target_set = "http://example.org/sets/loinc", .map = {}}).size() == 2);
}

TEST_CASE("systems that no map translates are known at once; a retired map translates nothing") {
    const auto library = terminology::testing::library({laboratory, retired});
    const Local codes(library);
    const LocalService service(library, codes);
    CHECK(service.translates("urn:id:LAB"));
    CHECK_FALSE(service.translates("urn:id:OLD"));
    CHECK_FALSE(service.translates("http://loinc.org"));
}

TEST_CASE("validation is that of the codes that are here") {
    const auto library = terminology::testing::library({terminology::testing::colours});
    const Local codes(library);
    const LocalService service(library, codes);
    CHECK(service.validate({"http://example.org/colours", "", "red", ""}, "").in_system == Answer::yes);
    CHECK(service.validate({"http://example.org/colours", "", "loud", ""}, "").in_system == Answer::no);
    CHECK(service.validate({"http://example.org/sounds", "", "loud", ""}, "").in_system == Answer::unknown);
}

}
