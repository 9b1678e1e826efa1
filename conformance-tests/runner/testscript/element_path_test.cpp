// SPDX-License-Identifier: Apache-2.0
#include "runner/testscript/element_path.h"

#include "runner/testing.h"

#include <doctest/doctest.h>

using namespace runner;
using namespace runner::testscript;
using Texts = std::vector<std::string>;

namespace {

const fhir::Document& bundle() {
    static const auto read = runner::testing::knowledge().read(R"({"resourceType":"Bundle","type":"searchset","total":2,
        "link":[{"relation":"self","url":"http://a/1"},{"relation":"next","url":"http://a/2"}],
        "entry":[
          {"fullUrl":"http://a/Patient/p1","resource":{"resourceType":"Patient","id":"p1","active":true,
             "extension":[{"url":"http://example.org/e","valueString":"x"}],
             "name":[{"use":"official","family":"Ng","given":["Anna","Mia"]},{"use":"maiden","family":"Oh"}]}},
          {"resource":{"resourceType":"Observation","id":"o1","status":"final","valueQuantity":{"value":1.50,"unit":"mg"}}}]})");
    return *read;
}

Texts asked(std::string_view path) {
    const auto found = select(bundle().root(), path);
    return found ? *found : Texts{"fault: " + found.fault().text};
}

base::Fault::Kind kind(std::string_view path) {
    const auto found = select(bundle().root(), path);
    return found ? base::Fault::Kind::bug : found.fault().kind;
}

}  // namespace

TEST_SUITE("runner/testscript/element_path") {
    TEST_CASE("XPath walks the XML that a resource would be") {
        CHECK(asked("fhir:Bundle/fhir:type/@value") == Texts{"searchset"});
        CHECK(asked("/Bundle/type") == Texts{"searchset"});
        CHECK(asked("Bundle/total/@value") == Texts{"2"});
        CHECK(asked("/f:Bundle/f:entry/f:resource/f:Patient/f:name/f:family/@value") == Texts{"Ng", "Oh"});
        CHECK(asked("/Bundle/entry[2]/resource/Observation/valueQuantity/value/@value") == Texts{"1.50"});
        CHECK(asked("/Bundle/entry[last()]/resource/*/id/@value") == Texts{"o1"});
        CHECK(asked("//given/@value") == Texts{"Anna", "Mia"});
        CHECK(asked("//fhir:Patient//fhir:name[fhir:use/@value='official']/fhir:given[2]/@value") == Texts{"Mia"});
        CHECK(asked("//link[relation/@value = \"next\" and url]/url/@value") == Texts{"http://a/2"});
        CHECK(asked("//link[relation/@value != 'next']/url/@value") == Texts{"http://a/1"});
        CHECK(asked("//link[not(relation/@value='next')]/url/@value") == Texts{"http://a/1"});
        CHECK(asked("//extension[@url='http://example.org/e']/valueString/@value") == Texts{"x"});
        CHECK(asked("//extension/@url") == Texts{"http://example.org/e"});
        CHECK(asked("//family/../use/@value") == Texts{"official", "maiden"});
        CHECK(asked("//Patient/../../fullUrl/@value") == Texts{"http://a/Patient/p1"});
        CHECK(asked("//Patient/name[contains(family/@value, 'N')]/use") == Texts{"official"});
        CHECK(asked("//Patient/id/@value | //Observation/id/@value") == Texts{"p1", "o1"});
        CHECK(asked("count(//name)") == Texts{"2"});
        CHECK(asked("count(/Bundle/entry) > 1") == Texts{"true"});
        CHECK(asked("string(//family/@value)") == Texts{"Ng"});
        CHECK(asked("//Patient/name[position() = 2]/family/@value") == Texts{"Oh"});
        CHECK(asked("/Patient/id").empty());
        CHECK(asked("//Patient/birthDate/@value").empty());
        CHECK(asked("//valueQuantity") == Texts{R"({"value":1.50,"unit":"mg"})"});
    }

    TEST_CASE("what of XPath is not here is said, and what is no XPath too") {
        CHECK(kind("//family/text()") == base::Fault::Kind::unsupported);
        CHECK(kind("/Bundle/child::type") == base::Fault::Kind::unsupported);
        CHECK(kind("sum(//value)") == base::Fault::Kind::unsupported);
        CHECK(kind("/Bundle/entry[") == base::Fault::Kind::invalid);
        CHECK(kind("/Bundle/entry[1") == base::Fault::Kind::invalid);
        CHECK(kind("a b") == base::Fault::Kind::invalid);
        CHECK(kind("/") == base::Fault::Kind::invalid);
        CHECK(kind("") == base::Fault::Kind::invalid);
        CHECK(kind("a['x]") == base::Fault::Kind::invalid);
        CHECK(kind(std::string(200, '(')) == base::Fault::Kind::invalid);
    }

    TEST_CASE("JSONPath walks the JSON that a resource would be") {
        CHECK(asked("$.type") == Texts{"searchset"});
        CHECK(asked("$.resourceType") == Texts{"Bundle"});
        CHECK(asked("$.entry[0].resource.name[1].family") == Texts{"Oh"});
        CHECK(asked("$.entry[-1].resource.valueQuantity.value") == Texts{"1.50"});
        CHECK(asked("$['entry'][0]['resource'].id") == Texts{"p1"});
        CHECK(asked("$.entry[*].resource.id") == Texts{"p1", "o1"});
        CHECK(asked("$.entry[0,1].resource.resourceType") == Texts{"Patient", "Observation"});
        CHECK(asked("$..given") == Texts{"Anna", "Mia"});
        CHECK(asked("$..given[1]") == Texts{"Mia"});
        CHECK(asked("$.link[?(@.relation == 'next')].url") == Texts{"http://a/2"});
        CHECK(asked("$.entry[?(@.resource.resourceType=='Observation')].resource.id") == Texts{"o1"});
        CHECK(asked("$.entry[?(@.fullUrl)].resource.id") == Texts{"p1"});
        CHECK(asked("$.entry[7].resource").empty());
        CHECK(asked("$.entry.resource").empty());  // a list has no names in it
        CHECK(kind("$.entry[0:1]") == base::Fault::Kind::unsupported);
        CHECK(kind("$.entry.length()") == base::Fault::Kind::unsupported);
        CHECK(kind("$.entry[") == base::Fault::Kind::unsupported);
        CHECK(kind("$.") == base::Fault::Kind::invalid);
        CHECK(kind("$x") == base::Fault::Kind::invalid);
    }
}
