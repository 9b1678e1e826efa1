// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/xml.h"

#include "fhir/tree/builder.h"
#include "fhir/testing.h"

#include <doctest/doctest.h>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

using namespace fhir;

namespace {

using fhir::testing::r4;

base::Result<Document> read(std::string_view xml) { return codec::read_xml(xml, r4()); }

// The JSON of an XML text, or what is wrong with it.
std::string json(std::string_view xml) {
    const auto document = read(xml);
    return document ? codec::to_json(document->root()) : "refused: " + document.fault().text;
}

std::string patient(std::string_view content) {
    return "<Patient xmlns=\"http://hl7.org/fhir\">" + std::string(content) + "</Patient>";
}

bool refused(std::string_view xml) {
    const auto document = read(xml);
    if (document) MESSAGE(std::string(xml.substr(0, 300)));
    return !document;
}

std::string xml_of(std::string_view text) {
    const auto document = codec::read_json(text, r4().names());
    if (!document) FAIL(document.fault().text);
    return codec::to_xml(document->root(), r4());
}

std::string times(std::string_view text, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += text;
    return out;
}

constexpr std::string_view good = R"(<?xml version="1.0" encoding="UTF-8"?>
<!-- a patient -->
<Patient xmlns="http://hl7.org/fhir" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://hl7.org/fhir http://localhost:1/p.xsd">
  <id value="p1"/>
  <text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p>Ann  &lt;Ng&gt;
 </p></div></text>
  <contained><Organization><id value="o"/></Organization></contained>
  <extension url="http://example.org/e"><valueDecimal value="1.00"/></extension>
  <active value="true"/>
  <name id="n1"><family value="Ng"/><given value="Ann"/><given value="&#xE9;&amp;"/></name>
  <birthDate value="1970-01-01"><extension url="http://example.org/t"><valueString value="x"/></extension></birthDate>
  <multipleBirthInteger value="2"/>
</Patient>
)";

}  // namespace

TEST_SUITE("fhir/codec/xml") {
    TEST_CASE("XML becomes the tree that its JSON would be") {
        CHECK(
            json(good) ==
            R"({"resourceType":"Patient","id":"p1","text":{"status":"generated",)"
            R"("div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Ann  &lt;Ng&gt;\n </p></div>"},)"
            R"("contained":[{"resourceType":"Organization","id":"o"}],)"
            R"("extension":[{"url":"http://example.org/e","valueDecimal":1.00}],"active":true,)"
            R"("name":[{"id":"n1","family":"Ng","given":["Ann","é&"]}],"birthDate":"1970-01-01",)"
            R"("_birthDate":{"extension":[{"url":"http://example.org/t","valueString":"x"}]},"multipleBirthInteger":2})");
    }

    TEST_CASE("writing puts elements in the order of the definitions") {
        CHECK(
            xml_of(
                R"({"resourceType":"Patient","birthDate":"1970-01-01","name":[{"given":["A","B"],"id":"n"}],"id":"p"})") ==
            R"(<Patient xmlns="http://hl7.org/fhir"><id value="p"/><name id="n"><given value="A"/><given value="B"/></name>)"
            R"(<birthDate value="1970-01-01"/></Patient>)");
        CHECK(
            xml_of(R"({"resourceType":"Patient","nothing":{"x":"1"},"active":false})") ==
            R"(<Patient xmlns="http://hl7.org/fhir"><active value="false"/><nothing><x value="1"/></nothing></Patient>)");
        CHECK(
            xml_of(
                R"({"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Patient","active":true}}]})") ==
            R"(<Bundle xmlns="http://hl7.org/fhir"><type value="batch"/><entry><resource><Patient><active value="true"/>)"
            R"(</Patient></resource></entry></Bundle>)");
    }

    TEST_CASE("whatever a value holds, writing stays well formed and reading gives it back") {
        const std::string text = R"({"resourceType":"Patient","name":[{"text":"a\"<b>&amp;\t\n\r'é"}]})";
        const std::string written = xml_of(text);
        CHECK(json(written) == text);
        // Narrative that is no XHTML becomes words; a named entity becomes its character.
        const std::string evil = xml_of(
            R"({"resourceType":"Patient","text":{"status":"generated","div":"</div><id value=\"x\"/><div>"},"active":true})");
        CHECK(read(evil));
        CHECK(evil.find("<id") == std::string::npos);
        CHECK(xml_of(R"({"resourceType":"Patient","text":{"status":"generated","div":"<div>a&nbsp;b</div>"}})")
                  .find("<div xmlns=\"http://www.w3.org/1999/xhtml\">a\xC2\xA0"
                        "b</div>") != std::string::npos);
        CHECK(read(xml_of(R"({"resourceType":"Patient","name":[{"text":"\uFFFE\uFFFF"}]})")));
    }

    TEST_CASE("prefixes are as good as a default namespace") {
        CHECK(
            json(R"(<f:Patient xmlns:f="http://hl7.org/fhir" xmlns:h="http://www.w3.org/1999/xhtml"><f:text>)"
                 R"(<f:status value="empty"/><h:div><h:b>a</h:b> <h:i>b</h:i><h:br/></h:div></f:text></f:Patient>)") ==
            R"({"resourceType":"Patient","text":{"status":"empty",)"
            R"("div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><b>a</b> <i>b</i><br/></div>"}})");
    }

    TEST_CASE("D-01 to D-04: a DOCTYPE is refused whatever it holds and wherever it stands") {
        CHECK(refused("<!DOCTYPE Patient>" + patient("<active value='true'/>")));
        CHECK(refused("<!doctype Patient>" + patient("<active value='true'/>")));
        CHECK(refused("<?xml version=\"1.0\"?>\n<!-- x --><!DOCTYPE p [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>" +
                      patient("<name><text value='&e;'/></name>")));
        CHECK(refused(patient("<!DOCTYPE p><active value='true'/>")));
        CHECK(refused("<!DOCTYPE p [<!ENTITY % x SYSTEM 'http://localhost:1/'>%x;]>" +
                      patient("<active value='true'/>")));
        CHECK(refused("<!DOCTYPE l [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]>" + patient("<language value='&b;'/>")));
        CHECK(refused(patient("<language value='&b;'/>")));
    }

    TEST_CASE("D-05: instructions and schema locations fetch nothing") {
        CHECK(json("<?xml-stylesheet href=\"http://localhost:1/x.xsl\"?>" + patient("<active value='true'/>")) ==
              R"({"resourceType":"Patient","active":true})");
        CHECK(refused(patient("<?php x ?><active value='true'/>")));
        CHECK(refused(patient("<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='http://localhost:1/'/>")));
    }

    TEST_CASE("D-06: depth is bounded") {
        CHECK(refused(patient(times("<contact>", 2'000'000))));
        const auto nested = [](std::size_t depth) {
            return patient(times("<extension url='a'>", depth) + "<valueBoolean value='true'/>" +
                           times("</extension>", depth));
        };
        CHECK(read(nested(60)));
        CHECK(refused(nested(64)));
        CHECK(refused(nested(20'000)));
    }

    TEST_CASE("D-07: attributes that repeat, or have no place here") {
        CHECK(refused(patient("<active value='true' value='false'/>")));
        CHECK(refused(patient("<active value='true' x='1'/>")));
        CHECK(refused(patient("<active value='true' y:x='1'/>")));
        CHECK(refused("<Patient xmlns='http://hl7.org/fhir' id='p'><active value='true'/></Patient>"));
        CHECK(refused(patient("<name url='u'><text value='a'/></name>")));
        CHECK(refused(patient("<name value='u'><text value='a'/></name>")));
        std::string many = "<active value='true'";
        for (int i = 0; i < 100'000; ++i) many += " a" + std::to_string(i) + "='1'";
        CHECK(refused(patient(many + "/>")));
        CHECK(refused(patient(many + " a77='2'/>")));
    }

    TEST_CASE("D-08: only UTF-8") {
        CHECK(refused("<?xml version='1.0' encoding='UTF-16'?>" + patient("<active value='true'/>")));
        CHECK(refused("<?xml version='1.0' encoding='ISO-8859-1'?>" + patient("<active value='true'/>")));
        CHECK(refused(patient("<language value='\xE9'/>")));
        CHECK(refused(std::string_view("\xFE\xFF\0<\0P", 6)));
        CHECK(read("\xEF\xBB\xBF<?xml version='1.0' encoding='utf-8' standalone=\"yes\"?>" +
                   patient("<active value='true'/>")));
    }

    TEST_CASE("D-09: namespaces are right and text stands in narrative only") {
        CHECK(refused("<Patient><active value='true'/></Patient>"));
        CHECK(refused("<Patient xmlns='urn:hl7-org:v3'><active value='true'/></Patient>"));
        CHECK(refused("<f:Patient><active value='true'/></f:Patient>"));
        CHECK(refused(patient("<active xmlns='' value='true'/>")));
        CHECK(refused(patient("<x:active value='true'/>")));
        CHECK(refused(patient("some words")));
        CHECK(refused(patient("<active value='true'>yes</active>")));
        CHECK(refused(patient("<text><status value='empty'/><div>no namespace</div></text>")));
    }

    TEST_CASE("D-10: CDATA stands in narrative only; comments are no content") {
        CHECK(refused(patient("<active value='true'><![CDATA[x]]></active>")));
        CHECK(refused(patient("<![CDATA[ ]]><active value='true'/>")));
        CHECK(refused(patient("<active value='true'><?x y?></active>")));
        CHECK(json(patient("<active value='true'><!-- surely --></active>")) ==
              R"({"resourceType":"Patient","active":true})");
    }

    TEST_CASE("D-11: values are there, not empty, and in order") {
        CHECK(refused(patient("<active/>")));
        CHECK(refused(patient("<active value=''/>")));
        CHECK(refused(patient("<name/>")));
        CHECK(refused(patient("<name></name>")));
        CHECK(refused(patient("<extension url=''><valueString value='a'/></extension>")));
        CHECK(refused(patient("<birthDate value='1970'/><active value='true'/>")));
        CHECK(refused(patient("<name><text value='a'/></name><active value='true'/><name><text value='b'/></name>")));
        CHECK(refused(patient("<active value='true'/><active value='true'/>")));
        CHECK(refused(patient("<deceasedBoolean value='true'/><deceasedDateTime value='2020'/>")));
        CHECK(refused(patient("<colour value='red'/>")));
        CHECK(refused("<Patience xmlns='http://hl7.org/fhir'><active value='true'/></Patience>"));
        CHECK(
            refused(patient("<contained><Patient><active value='true'/></Patient><Patient><active "
                            "value='true'/></Patient></contained>")));
        CHECK(refused(patient("<contained/>")));
    }

    TEST_CASE("D-12: cut anywhere, it is refused") {
        const std::size_t end = good.rfind('>') + 1;
        for (std::size_t length = 0; length < end; ++length) CHECK(refused(good.substr(0, length)));
        CHECK(read(good.substr(0, end)));
        CHECK(refused(std::string(good) + "<Patient xmlns='http://hl7.org/fhir'><active value='true'/></Patient>"));
        CHECK(refused(std::string(good) + "x"));
    }

    TEST_CASE("D-14: references to what is no character") {
        for (const char* reference :
             {"&#0;", "&#xFFFE;", "&#x1F;", "&#xD800;", "&#x110000;", "&#99999999999;", "&#;", "&#x;", "&", "&nbsp;"})
            CHECK(refused(patient("<language value='a" + std::string(reference) + "'/>")));
        CHECK(refused(patient("<language value='\x01'/>")));
        CHECK(refused(patient("<language value='\xEF\xBF\xBF'/>")));
        CHECK(json(patient("<language value='&#x1F600;&#9;'/>")) ==
              "{\"resourceType\":\"Patient\",\"language\":\"\xF0\x9F\x98\x80\\t\"}");
    }

    TEST_CASE("a fault says where: line, column and path") {
        const auto document = read(
            "<Patient xmlns='http://hl7.org/fhir'>\n <name><given value='a'/></name>\n <name><given "
            "value='b'/><given/></name></Patient>");
        REQUIRE_FALSE(document);
        CHECK(document.fault().where == "Patient.name[1].given[1]");
        REQUIRE(document.fault().findings.size() == 1);
        CHECK(document.fault().findings[0].line == 3);
        CHECK(document.fault().findings[0].column == 26);
    }

    TEST_CASE("numbers keep their text, and what is no number stays a string for validation to see") {
        CHECK(json(patient("<multipleBirthInteger value='007'/>")) ==
              R"({"resourceType":"Patient","multipleBirthInteger":"007"})");
        CHECK(json(patient("<active value='True'/>")) == R"({"resourceType":"Patient","active":"True"})");
    }

    TEST_CASE("pretty XML reads as the same tree") {
        const auto document = read(good);
        REQUIRE(document);
        const std::string pretty = codec::to_pretty_xml(document->root(), r4());
        const auto again = read(pretty);
        REQUIRE(again);
        CHECK(equal(document->root(), again->root()));
        CHECK(std::count(pretty.begin(), pretty.end(), '\n') > 10);
    }

    TEST_CASE("every R4 example that is a whole resource survives JSON to XML to JSON") {
        std::size_t count = 0;
        for (const auto& file : std::filesystem::directory_iterator(ANDIRON_PACKAGES "/hl7.fhir.r4.examples")) {
            const std::string name = file.path().filename().string();
            if (!name.ends_with(".json") || name[0] < 'A' || name[0] > 'Z') continue;
            std::ifstream in(file.path(), std::ios::binary);
            const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
            const auto document = codec::read_json(bytes, r4().names());
            if (!document) continue;  // the examples that are no R4 are listed with the validator
            const std::string xml = codec::to_xml(document->root(), r4());
            const auto again = read(xml);
            ++count;
            if (!again) {
                FAIL_CHECK(name << ": " << again.fault().text << " " << again.fault().where);
            } else if (!equal(document->root(), again->root())) {
                FAIL_CHECK(name << " changed");
            }
        }
        CHECK(count > 5'000);
    }
}
