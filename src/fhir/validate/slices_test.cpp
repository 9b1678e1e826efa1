// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/profile_fixture.h"

using fhir::validate::fixture::Desk;

TEST_SUITE_BEGIN("fhir/validate/slices");

namespace {

std::string patient(std::string_view rest) { return R"({"resourceType":"Patient",)" + std::string(rest) + "}"; }
std::string observation(std::string_view rest) {
    return R"({"resourceType":"Observation","status":"final","code":{"text":"x"},)" + std::string(rest) + "}";
}

// Two slices of telecom: phone exactly one, mail at most one.
std::string telecom(std::string_view rules, std::string_view ordered = "false") {
    return R"({"id":"Patient.telecom","path":"Patient.telecom","min":0,"max":"*","slicing":{"discriminator":[{"type":"value","path":"system"}],"rules":")" +
           std::string(rules) + R"(","ordered":)" + std::string(ordered) + R"(}},
      {"id":"Patient.telecom:phone","path":"Patient.telecom","sliceName":"phone","min":1,"max":"1"},
      {"id":"Patient.telecom:phone.system","path":"Patient.telecom.system","min":1,"max":"1","fixedCode":"phone"},
      {"id":"Patient.telecom:phone.value","path":"Patient.telecom.value","min":1,"max":"1"},
      {"id":"Patient.telecom:mail","path":"Patient.telecom","sliceName":"mail","min":0,"max":"1"},
      {"id":"Patient.telecom:mail.system","path":"Patient.telecom.system","min":1,"max":"1","fixedCode":"email"})";
}

constexpr const char* phone = R"({"system":"phone","value":"1"})";
constexpr const char* mail = R"({"system":"email","value":"a@b"})";
constexpr const char* fax = R"({"system":"fax","value":"2"})";

std::string telecoms(std::initializer_list<std::string_view> items) {
    std::string list;
    for (const std::string_view item : items) list += (list.empty() ? "" : ",") + std::string(item);
    return patient("\"telecom\":[" + list + "]");
}

}  // namespace

TEST_CASE("a fixed value tells slices apart, and their cardinality counts") {
    Desk desk;
    desk.profile("p", "Patient", telecom("open"));
    CHECK(desk.good(telecoms({phone}), "p"));
    CHECK(desk.good(telecoms({phone, mail, fax}), "p"));
    CHECK(desk.bad(telecoms({mail}), "p", "Patient.telecom"));
    CHECK(desk.bad(telecoms({phone, phone}), "p", "Patient.telecom"));
    CHECK(desk.bad(telecoms({phone, mail, mail}), "p", "Patient.telecom"));
}

TEST_CASE("what a slice demands is demanded of its items only") {
    Desk desk;
    desk.profile("p", "Patient", telecom("open"));
    CHECK(desk.bad(telecoms({R"({"system":"phone","use":"home"})"}), "p", "Patient.telecom[0].value"));
    CHECK(desk.good(telecoms({phone, R"({"system":"email","use":"home"})"}), "p"));
}

TEST_CASE("closed slicing allows nothing else") {
    Desk desk;
    desk.profile("p", "Patient", telecom("closed"));
    CHECK(desk.good(telecoms({mail, phone}), "p"));
    CHECK(desk.bad(telecoms({phone, fax}), "p", "Patient.telecom[1]"));
}

TEST_CASE("open at end wants the others behind the slices") {
    Desk desk;
    desk.profile("p", "Patient", telecom("openAtEnd"));
    CHECK(desk.good(telecoms({phone, mail, fax}), "p"));
    CHECK(desk.bad(telecoms({fax, phone}), "p", "Patient.telecom[1]"));
}

TEST_CASE("ordered slices keep their order") {
    Desk desk;
    desk.profile("p", "Patient", telecom("open", "true"));
    CHECK(desk.good(telecoms({phone, mail}), "p"));
    CHECK(desk.bad(telecoms({mail, phone}), "p", "Patient.telecom[1]"));
}

TEST_CASE("a pattern tells slices apart") {
    Desk desk;
    desk.profile("p", "Observation", R"(
      {"id":"Observation.category","path":"Observation.category","min":1,"max":"*","slicing":{"discriminator":[{"type":"pattern","path":"$this"}],"rules":"open"}},
      {"id":"Observation.category:lab","path":"Observation.category","sliceName":"lab","min":1,"max":"1",
       "patternCodeableConcept":{"coding":[{"system":"http://s.example/c","code":"laboratory"}]}})");
    CHECK(desk.good(observation(R"("category":[{"coding":[{"system":"http://s.example/c","code":"laboratory","display":"L"},{"code":"x"}],"text":"t"}])"), "p"));
    CHECK(desk.bad(observation(R"("category":[{"coding":[{"system":"http://s.example/c","code":"other"}]}])"), "p", "Observation.category"));
}

TEST_CASE("existence tells slices apart") {
    Desk desk;
    desk.profile("p", "Patient", R"(
      {"id":"Patient.name","path":"Patient.name","min":0,"max":"*","slicing":{"discriminator":[{"type":"exists","path":"period"}],"rules":"closed"}},
      {"id":"Patient.name:past","path":"Patient.name","sliceName":"past","min":0,"max":"*"},
      {"id":"Patient.name:past.period","path":"Patient.name.period","min":1,"max":"1"},
      {"id":"Patient.name:now","path":"Patient.name","sliceName":"now","min":1,"max":"1"},
      {"id":"Patient.name:now.period","path":"Patient.name.period","min":0,"max":"0"})");
    CHECK(desk.good(patient(R"("name":[{"text":"a"},{"text":"b","period":{"end":"2020"}}])"), "p"));
    CHECK(desk.bad(patient(R"("name":[{"text":"b","period":{"end":"2020"}}])"), "p", "Patient.name"));
}

TEST_CASE("the type tells slices of a choice apart") {
    Desk desk;
    desk.profile("p", "Observation", R"(
      {"id":"Observation.value[x]","path":"Observation.value[x]","min":0,"max":"1","slicing":{"discriminator":[{"type":"type","path":"$this"}],"rules":"closed"},
       "type":[{"code":"Quantity"},{"code":"string"}]},
      {"id":"Observation.value[x]:valueQuantity","path":"Observation.value[x]","sliceName":"valueQuantity","min":0,"max":"1","type":[{"code":"Quantity"}]},
      {"id":"Observation.value[x]:valueQuantity.unit","path":"Observation.value[x].unit","min":1,"max":"1"})");
    CHECK(desk.good(observation(R"("valueQuantity":{"value":1,"unit":"mg"})"), "p"));
    CHECK(desk.bad(observation(R"("valueQuantity":{"value":1})"), "p", "Observation.value.unit"));
    CHECK(desk.bad(observation(R"("valueString":"x")"), "p", "Observation.value"));
    CHECK(desk.bad(observation(R"("valueBoolean":true)"), "p", "Observation.value"));
}

TEST_CASE("a path may name one form of a choice") {
    Desk desk;
    desk.profile("p", "Observation", R"({"id":"Observation.valueQuantity","path":"Observation.valueQuantity","min":0,"max":"1"},
      {"id":"Observation.valueQuantity.code","path":"Observation.valueQuantity.code","min":1,"max":"1","fixedCode":"mg"})");
    CHECK(desk.good(observation(R"("valueQuantity":{"value":1,"code":"mg"})"), "p"));
    CHECK(desk.good(observation(R"("valueString":"x")"), "p"));
    CHECK(desk.bad(observation(R"("valueQuantity":{"value":1,"code":"kg"})"), "p", "Observation.value.code"));
}

TEST_CASE("the type of what a reference leads to tells slices apart") {
    Desk desk;
    desk.profile("patients", "Patient", "");
    desk.profile("p", "List", R"x(
      {"id":"List.entry","path":"List.entry","min":0,"max":"*","slicing":{"discriminator":[{"type":"type","path":"item.resolve()"}],"rules":"open"}},
      {"id":"List.entry:who","path":"List.entry","sliceName":"who","min":1,"max":"1"},
      {"id":"List.entry:who.item","path":"List.entry.item","min":1,"max":"1","type":[{"code":"Reference","targetProfile":["http://test.example/patients"]}]})x");
    const auto list = [](std::string_view one) {
        return R"({"resourceType":"List","status":"current","mode":"working","entry":[{"item":{"reference":")" + std::string(one) + R"("}}]})";
    };
    CHECK(desk.good(list("Patient/1"), "p"));
    CHECK(desk.bad(list("Group/1"), "p", "List.entry"));
}

TEST_CASE("conformance to a profile tells slices apart") {
    Desk desk;
    desk.profile("named", "Patient", R"({"id":"Patient.name","path":"Patient.name","min":1,"max":"*"})");
    desk.profile("p", "Bundle", R"(
      {"id":"Bundle.entry","path":"Bundle.entry","min":0,"max":"*","slicing":{"discriminator":[{"type":"profile","path":"resource"}],"rules":"open"}},
      {"id":"Bundle.entry:named","path":"Bundle.entry","sliceName":"named","min":1,"max":"1"},
      {"id":"Bundle.entry:named.resource","path":"Bundle.entry.resource","min":1,"max":"1","type":[{"code":"Patient","profile":["http://test.example/named"]}]})");
    const auto bundle = [](std::string_view patient) {
        return R"({"resourceType":"Bundle","type":"collection","entry":[{"fullUrl":"urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0","resource":{"resourceType":"Patient",)" +
               std::string(patient) + "}}]}";
    };
    CHECK(desk.good(bundle(R"("name":[{"text":"x"}])"), "p"));
    CHECK(desk.bad(bundle(R"("active":true)"), "p", "Bundle.entry"));
}

TEST_CASE("an extension tells slices apart") {
    Desk desk;
    desk.profile("e", "Extension", R"({"id":"Extension.url","path":"Extension.url","min":1,"max":"1","fixedUri":"http://test.example/e"},
      {"id":"Extension.value[x]","path":"Extension.value[x]","min":1,"max":"1","type":[{"code":"code"}]})",
                 R"(,"context":[{"type":"element","expression":"HumanName"}])");
    desk.profile("p", "Patient", R"(
      {"id":"Patient.name","path":"Patient.name","min":0,"max":"*","slicing":{"discriminator":[{"type":"value","path":"extension('http://test.example/e').value"}],"rules":"open"}},
      {"id":"Patient.name:a","path":"Patient.name","sliceName":"a","min":1,"max":"1"},
      {"id":"Patient.name:a.extension","path":"Patient.name.extension","min":0,"max":"*","slicing":{"discriminator":[{"type":"value","path":"url"}],"rules":"open"}},
      {"id":"Patient.name:a.extension:e","path":"Patient.name.extension","sliceName":"e","min":1,"max":"1","type":[{"code":"Extension","profile":["http://test.example/e"]}]},
      {"id":"Patient.name:a.extension:e.value[x]","path":"Patient.name.extension.value[x]","min":1,"max":"1","fixedCode":"a"})");
    const auto named = [](std::string_view code) {
        return patient(R"("name":[{"text":"x","extension":[{"url":"http://test.example/e","valueCode":")" + std::string(code) + R"("}]}])");
    };
    CHECK(desk.good(named("a"), "p"));
    CHECK(desk.bad(named("b"), "p", "Patient.name"));
}

TEST_CASE("slices may be sliced again") {
    Desk desk;
    desk.profile("p", "Patient", R"(
      {"id":"Patient.telecom","path":"Patient.telecom","min":0,"max":"*","slicing":{"discriminator":[{"type":"value","path":"system"}],"rules":"open"}},
      {"id":"Patient.telecom:phone","path":"Patient.telecom","sliceName":"phone","min":0,"max":"*","slicing":{"discriminator":[{"type":"value","path":"use"}],"rules":"open"}},
      {"id":"Patient.telecom:phone.system","path":"Patient.telecom.system","min":1,"max":"1","fixedCode":"phone"},
      {"id":"Patient.telecom:phone/home","path":"Patient.telecom","sliceName":"phone/home","min":1,"max":"1"},
      {"id":"Patient.telecom:phone/home.use","path":"Patient.telecom.use","min":1,"max":"1","fixedCode":"home"})");
    CHECK(desk.good(telecoms({R"({"system":"phone","value":"1","use":"home"})", phone}), "p"));
    CHECK(desk.bad(telecoms({phone}), "p", "Patient.telecom"));
    CHECK(desk.bad(telecoms({R"({"system":"email","value":"1","use":"home"})"}), "p", "Patient.telecom"));
}

TEST_SUITE_END();
