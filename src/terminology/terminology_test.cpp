// SPDX-License-Identifier: Apache-2.0
#include "terminology/concept_map.h"
#include "terminology/naming.h"

#include <doctest/doctest.h>

using namespace terminology;

TEST_SUITE("terminology/concept_map") {

TEST_CASE("a code has its counterpart, none, or the answer for the rest") {
    auto map = ConceptMap::read("x", "# t\nfrom a\nto b\nM\tmale\tMan\nQ\t-\nZ\tz\t\tother\nelse unknown\n");
    REQUIRE(map);
    CHECK(map->translate("M")->code == "male");
    CHECK(map->translate("M")->system == "b");
    CHECK(map->translate("M")->display == "Man");
    CHECK(map->translate("Z")->system == "other");
    CHECK(map->translate("Q") == nullptr);
    CHECK(map->knows("Q"));
    CHECK(map->translate("?")->code == "unknown");
    CHECK_FALSE(map->knows("?"));
}

TEST_CASE("a wrong file is named with its line") {
    CHECK(ConceptMap::read("x", "from a\nM male\n").fault().text.starts_with("x.codes:2: "));
    CHECK(ConceptMap::read("x", "M\tm\nM\tn\n").fault().text.starts_with("x.codes:2: "));
}

}

TEST_SUITE("terminology/naming") {

TEST_CASE("an authority becomes a URI by its universal id, else by its name") {
    const Naming naming;
    CHECK(naming.identifier_system("A", "1.2.840.1", "ISO") == "urn:oid:1.2.840.1");
    CHECK(naming.identifier_system("", "5D2C1E0A-0000-4000-8000-000000000001", "UUID") == "urn:uuid:5d2c1e0a-0000-4000-8000-000000000001");
    CHECK(naming.identifier_system("A", "http://a.example/ids", "URI") == "http://a.example/ids");
    CHECK(naming.identifier_system("SIM MRN", "", "") == "urn:id:SIM%20MRN");
    CHECK(naming.identifier_system("A", "a.example", "DNS") == "urn:id:A");
    CHECK(naming.identifier_system("", "", "").empty());
}

TEST_CASE("a coding system is looked up, a table is a URI, and a local name belongs to its sender") {
    Naming naming;
    REQUIRE(naming.read("t", "LN\thttp://loinc.org\tcode\n"));
    CHECK(naming.code_system("ln", "HOSP") == "http://loinc.org");
    CHECK(naming.code_system("HL70078", "HOSP") == "http://terminology.hl7.org/CodeSystem/v2-0078");
    CHECK(naming.code_system("WinPath", "HOSP") == "urn:id:WinPath");
    CHECK(naming.code_system("L", "HOSP") == "urn:id:HOSP:L");
    CHECK(naming.code_system("99LAB", "HOSP") == "urn:id:HOSP:99LAB");
    CHECK(naming.code_system("", "HOSP").empty());
    CHECK(naming.code_system_name("urn:id:HOSP:99LAB") == "99LAB");
    CHECK(naming.authority("urn:id:1.2.840.113619.2").type == "URI");  // that OID by itself would be urn:oid:
    CHECK(naming.code_system_name("urn:id::id:-O") == "urn:id::id:-O");  // a sender's own URI, not made of names
    CHECK_FALSE(naming.read("t", "LN\thttp://loinc.org\n"));
}

}
