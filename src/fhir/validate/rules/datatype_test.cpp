// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/rules/testing.h"

#include <doctest/doctest.h>

using fhir::validate::testing::findings;

namespace {

std::string patient(std::string_view rest) { return R"({"resourceType":"Patient",)" + std::string(rest) + "}"; }
std::string observation(std::string_view rest) { return R"({"resourceType":"Observation",)" + std::string(rest) + "}"; }
std::string narrated(std::string_view content) {
    return patient(
        R"("id":"p","contact":[{"id":"c1"}],"text":{"status":"generated","div":"<div xmlns='http://www.w3.org/1999/xhtml'>)" +
        std::string(content) + "</div>\"}");
}

}  // namespace

TEST_SUITE("fhir/validate/rules/datatype") {
    TEST_CASE("an attachment's size is the size of its data") {
        const auto photo = [](std::string_view rest) {
            return findings(patient("\"photo\":[{" + std::string(rest) + "}]"));
        };
        CHECK(photo(R"("data":"QUJD","size":3)") == "");
        CHECK(photo(R"("data":"QUI=","size":2)") == "");
        CHECK(photo(R"("data":"QUJD","size":4)") == "error Patient.photo[0].size");
        CHECK(photo(R"("url":"http://a","size":4)") == "");
    }

    TEST_CASE("systems of identifiers and codings are absolute") {
        CHECK(findings(patient(R"("identifier":[{"system":"urn:oid:1.2.840.1","value":"1"}])")) == "");
        CHECK(findings(patient(R"("identifier":[{"system":"local","value":"1"}])")) ==
              "error Patient.identifier[0].system");
        CHECK(findings(patient(R"("identifier":[{"system":"urn:ietf:rfc:3986","value":"1.2.3"}])")) ==
              "error Patient.identifier[0].value");
        CHECK(findings(patient(R"("identifier":[{"system":"urn:ietf:rfc:3986","value":"urn:oid:1.2.3"}])")) == "");
        CHECK(findings(observation(R"("code":{"coding":[{"system":"loinc","code":"1"}]})")) ==
              "error Observation.code.coding[0].system");
        CHECK(findings(observation(R"("code":{"coding":[{"code":"1"}]})"), {}, true) ==
              "warning Observation.code.coding[0]");
    }

    TEST_CASE("a code belongs to its system, and its display to the code") {
        const auto coding = [](std::string_view rest, std::initializer_list<std::string_view> known = {}) {
            return findings(
                observation(R"("code":{"coding":[{"system":"http://example.org/cs",)" + std::string(rest) + "}]}"),
                known);
        };
        CHECK(coding(R"("code":"a","display":"A")") == "");
        CHECK(coding(R"("code":"a","display":"B")") == "error Observation.code.coding[0].display");
        CHECK(coding(R"("code":"c")") == "error Observation.code.coding[0].code");
        CHECK(coding(R"("code":"a")",
                     {R"({"resourceType":"ValueSet","url":"http://example.org/cs","status":"active"})"}) ==
              "error Observation.code.coding[0].system");
        CHECK(
            coding(
                R"("display":"A")",
                {R"({"resourceType":"CodeSystem","url":"http://example.org/cs","status":"active","content":"supplement","supplements":"http://x"})"}) ==
            "error Observation.code.coding[0].system");
        CHECK(findings(observation(R"("code":{"coding":[{"system":"http://elsewhere.org","code":"c"}]})")) == "");
    }

    TEST_CASE("a UCUM code is one") {
        CHECK(findings(observation(
                  R"("valueQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":"mm[Hg]"})")) == "");
        CHECK(findings(observation(
                  R"("valueQuantity":{"value":1,"system":"http://unitsofmeasure.org","code":"mmm[Hg]"})")) ==
              "error Observation.value.code");
    }

    TEST_CASE("UUIDs and OIDs in addresses are well formed; canonical addresses are absolute") {
        const auto link = [](std::string_view url) {
            return findings(patient(R"("meta":{"profile":[")" + std::string(url) + "\"]}"));
        };
        CHECK(link("http://a.org/x|1") == "");
        CHECK(link("urn:uuid:2b90dd2b-2dab-4c75-9bb9-a355e07401e8|1") == "");
        CHECK(link("urn:uuid:2b90dd2b") == "error Patient.meta.profile[0]");
        CHECK(link("urn:oid:1.2.840.10008.1") == "");
        CHECK(link("urn:oid:1.02") == "error Patient.meta.profile[0]");
        CHECK(link("StructureDefinition/x") == "error Patient.meta.profile[0]");
        CHECK(link("oid:1.2.3") == "error Patient.meta.profile[0]");
        CHECK(findings(R"({"resourceType":"ValueSet","status":"active","url":"ValueSet/x"})") == "error ValueSet.url");
    }

    TEST_CASE("text that looks like HTML is an error where security is asked for") {
        const std::string marked = patient(R"("name":[{"text":"a <b>bold</b> name"}])");
        CHECK(findings(marked, {}, true) == "information Patient.name[0].text");
        CHECK(findings(marked, {}, false, true) == "error Patient.name[0].text");
        CHECK(findings(patient(R"("name":[{"text":"x <img src='a'/>"}])"), {}, false, true) ==
              "error Patient.name[0].text");
        CHECK(findings(patient(R"("name":[{"text":"1 < 2 and 3 > 2"}])"), {}, true, true) == "");
        CHECK(findings(patient(R"("name":[{"text":" padded"}])"), {}, true) == "warning Patient.name[0].text");
    }

    TEST_CASE("ids of elements are their own") {
        CHECK(findings(patient(R"("name":[{"id":"n"}],"contact":[{"id":"n","name":{"text":"x"}}])")) ==
              "error Patient.contact[0]");
        CHECK(findings(patient(R"("id":"n","name":[{"id":"n","text":"x"}])")) == "");
    }

    TEST_CASE("links of narrative lead somewhere") {
        CHECK(findings(narrated("<a href='#c1'>x</a><a name='n'/><a href='#n'>y</a><a href='http://a.org'>z</a>")) ==
              "");
        CHECK(findings(narrated("<a href='#c2'>x</a>")) == "error Patient.text.div");
        CHECK(findings(narrated("<a href=''>x</a>")) == "error Patient.text.div");
        CHECK(findings(narrated("<a href='urn:uuid:x'>x</a>")) == "error Patient.text.div");
        CHECK(findings(narrated("<img src='#c3'/>")) == "error Patient.text.div");
    }

    TEST_CASE("narrative knows XML's entities only, and no blocks inside of paragraphs") {
        CHECK(findings(narrated("a &amp; b &#233;")) == "");
        CHECK(findings(narrated("a &nbsp; b")) == "error Patient.text.div");
        CHECK(findings(narrated("<p>a</p><ul><li>b</li></ul>")) == "");
        CHECK(findings(narrated("<p>a<ul><li>b</li></ul></p>")) == "error Patient.text.div");
    }
}
