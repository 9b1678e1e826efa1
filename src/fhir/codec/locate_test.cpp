// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/locate.h"

#include <doctest/doctest.h>
#include <string>

using fhir::codec::locate;
using fhir::codec::Place;

namespace {

// What stands at the place, for readable checks.
std::string at(std::string_view text, std::string_view where) {
    const Place place = locate(text, where);
    if (place.line == 0) return "nowhere";
    std::size_t start = 0;
    for (int line = 1; line < place.line; ++line) start = text.find('\n', start) + 1;
    const std::size_t offset = start + static_cast<std::size_t>(place.column) - 1;
    return std::string(text.substr(offset, std::min<std::size_t>(12, text.find_first_of("\r\n", offset) - offset)));
}

constexpr std::string_view json = R"({
  "resourceType": "Bundle",
  "entry": [
    {"fullUrl": "urn:a"},
    {"resource": {
      "resourceType": "Patient",
      "birthDate": "2000",
      "_birthDate": {"id": "b1", "extension": [{"url": "u"}]},
      "name": [{"family": "One"}, {"family": "Two", "given": ["A", null], "_given": [null, {"extension": [{"url": "v"}]}]}],
      "deceasedBoolean": false
    }}
  ]
})";

constexpr std::string_view xml = R"(<?xml version="1.0"?>
<!-- <entry> -->
<Bundle xmlns="http://hl7.org/fhir">
  <entry><fullUrl value="a > b"/></entry>
  <entry>
    <resource><Patient>
      <text><div xmlns="http://www.w3.org/1999/xhtml"><name/></div></text>
      <birthDate value="2000"><extension url="u"/></birthDate>
      <name><family value="One"/></name>
      <name><family value="Two"/></name>
      <deceasedBoolean value="false"/>
    </Patient></resource>
  </entry>
</Bundle>)";

}  // namespace

TEST_SUITE("fhir/codec/locate") {
    TEST_CASE("an element of JSON is found by the path that names it") {
        CHECK(at(json, "Bundle") == "{");
        CHECK(at(json, "Bundle.entry[0].fullUrl") == R"("urn:a"},)");
        CHECK(at(json, "Bundle.entry[1].resource.name[1].family") == R"("Two", "give)");
        CHECK(at(json, "Bundle.entry[1].resource.name[1]") == R"({"family": ")");
        CHECK(at(json, "Bundle.entry[1].resource.deceased") == "false");
        CHECK(at(json, "Bundle.entry[1].resource.deceased.ofType(boolean)") == "false");
        CHECK(at(json, "Bundle.entry[1].resource.birthDate") == R"("2000",)");
        CHECK(at(json, "Bundle.entry[1].resource.birthDate.extension[0]") == R"({"url": "u"})");
        CHECK(at(json, "Bundle.entry[1].resource.name[1].given[1].extension[0].url") == R"("v"}]}]}],)");
        CHECK(locate(json, "Bundle.entry[1]") == Place{5, 5});
    }

    TEST_CASE("what is missing has the place of what is around it") {
        CHECK(at(json, "Bundle.entry[0].request.method") == R"({"fullUrl": )");
        CHECK(at(json, "Bundle.entry[7]") == "{");
        CHECK(at(json, "Bundle.type") == "{");
        CHECK(at(xml, "Bundle.entry[1].resource.gender") == "<resource><P");
        CHECK(at("", "Patient.name") == "nowhere");
        CHECK(at("  ", "Patient.name") == "nowhere");
    }

    TEST_CASE("an element of XML is found by the path that names it") {
        CHECK(at(xml, "Bundle") == "<Bundle xmln");
        CHECK(at(xml, "Bundle.entry[0].fullUrl") == "<fullUrl val");
        CHECK(at(xml, "Bundle.entry[1].resource.name[1].family") == R"(<family valu)");
        CHECK(locate(xml, "Bundle.entry[1].resource.name[1].family") == Place{10, 13});
        CHECK(locate(xml, "Bundle.entry[1].resource.name[0]") == Place{9, 7});
        CHECK(at(xml, "Bundle.entry[1].resource.deceased") == "<deceasedBoo");
        CHECK(at(xml, "Bundle.entry[1].resource.birthDate.extension[0]") == "<extension u");
        CHECK(at(xml, "Bundle.entry[1].resource.text.div") == "<div xmlns=\"");
    }

    TEST_CASE("all findings of a document are placed in one pass, and what has a place keeps it") {
        base::Findings findings(4);
        findings[0].where = "Bundle.entry[1].resource.deceased";
        findings[1].where = "Bundle.entry[0]";
        findings[2].where = "Bundle.entry[0]";
        findings[2].line = 77;
        locate(json, findings);
        CHECK(findings[0].line == 10);
        CHECK(findings[1].line == 4);
        CHECK(findings[1].column == 5);
        CHECK(findings[2].line == 77);
        CHECK(findings[3].line == 0);
    }

    TEST_CASE("a byte order mark counts for nothing, and a name with a prefix is found") {
        CHECK(locate("\xEF\xBB\xBF{\"id\":\"a\"}", "Patient.id") == Place{1, 7});
        CHECK(locate("<f:Patient xmlns:f='http://hl7.org/fhir'><f:id value='a'/></f:Patient>", "Patient.id") ==
              Place{1, 42});
    }

    TEST_CASE("cut anywhere, a text gives a place inside of it") {
        for (const std::string_view whole : {json, xml})
            for (std::size_t length = 0; length < whole.size(); ++length) {
                const Place place =
                    locate(whole.substr(0, length), "Bundle.entry[1].resource.name[1].given[1].extension[0]");
                CHECK(place.line <= 15);
            }
    }
}
