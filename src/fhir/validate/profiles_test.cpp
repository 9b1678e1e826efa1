// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/profile_fixture.h"

#include <algorithm>

using fhir::validate::Question;
using fhir::validate::fixture::Desk;

TEST_SUITE_BEGIN("fhir/validate/profiles");

namespace {

std::string patient(std::string_view rest) { return R"({"resourceType":"Patient",)" + std::string(rest) + "}"; }

}  // namespace

TEST_CASE("a profile narrows cardinality") {
    Desk desk;
    desk.profile("p", "Patient", R"({"id":"Patient.gender","path":"Patient.gender","min":1,"max":"1"},
      {"id":"Patient.name","path":"Patient.name","min":0,"max":"1"},{"id":"Patient.photo","path":"Patient.photo","min":0,"max":"0"})");
    CHECK(desk.good(patient(R"("gender":"male","name":[{"text":"x"}])"), "p"));
    CHECK(desk.bad(patient(R"("active":true)"), "p", "Patient.gender"));
    CHECK(desk.bad(patient(R"("gender":"male","name":[{"text":"x"},{"text":"y"}])"), "p", "Patient.name"));
    CHECK(desk.bad(patient(R"("gender":"male","photo":[{"title":"x"}])"), "p", "Patient.photo"));
}

TEST_CASE("an error names the profile") {
    Desk desk;
    desk.profile("p", "Patient", R"({"id":"Patient.gender","path":"Patient.gender","min":1,"max":"1"})");
    const auto errors = desk.errors(patient(R"("active":true)"), "p");
    REQUIRE(errors.size() == 1);
    CHECK(errors.front().find("http://test.example/p") != std::string::npos);
}

TEST_CASE("fixed values are exact, patterns are not") {
    Desk desk;
    desk.profile("fixed", "Patient", R"({"id":"Patient.maritalStatus","path":"Patient.maritalStatus","min":0,"max":"1","fixedCodeableConcept":{"coding":[{"code":"M"}]}})");
    desk.profile("pattern", "Patient", R"({"id":"Patient.maritalStatus","path":"Patient.maritalStatus","min":0,"max":"1","patternCodeableConcept":{"coding":[{"code":"M"}]}})");
    const std::string just = patient(R"("maritalStatus":{"coding":[{"code":"M"}]})");
    const std::string more = patient(R"("maritalStatus":{"coding":[{"code":"W"},{"code":"M"}],"text":"x"})");
    CHECK(desk.good(just, "fixed"));
    CHECK(desk.bad(more, "fixed", "Patient.maritalStatus"));
    CHECK(desk.good(just, "pattern"));
    CHECK(desk.good(more, "pattern"));
    CHECK(desk.bad(patient(R"("maritalStatus":{"coding":[{"code":"W"}]})"), "pattern", "Patient.maritalStatus"));
}

TEST_CASE("invariants of a profile are evaluated on their element") {
    Desk desk;
    desk.profile("p", "Patient", R"x({"id":"Patient.name","path":"Patient.name","min":0,"max":"*","constraint":[
      {"key":"t-1","severity":"error","human":"a name has a family","expression":"family.exists()"},
      {"key":"t-2","severity":"warning","human":"a name has a use","expression":"use.exists()"},
      {"key":"t-3","severity":"error","human":"cannot be read","expression":"family.("}]})x");
    CHECK(desk.good(patient(R"("name":[{"family":"x"}])"), "p"));
    CHECK(desk.bad(patient(R"("name":[{"family":"x"},{"text":"y"}])"), "p", "Patient.name[1]"));
}

TEST_CASE("lengths and ranges are checked") {
    Desk desk;
    desk.profile("p", "Patient", R"({"id":"Patient.birthDate","path":"Patient.birthDate","min":0,"max":"1","minValueDate":"1900-01-01","maxValueDate":"2000-01-01"},
      {"id":"Patient.language","path":"Patient.language","min":0,"max":"1","maxLength":2})");
    CHECK(desk.good(patient(R"("language":"en","birthDate":"1950-02-02")"), "p"));
    CHECK(desk.bad(patient(R"("birthDate":"1850-02-02")"), "p", "Patient.birthDate"));
    CHECK(desk.bad(patient(R"("birthDate":"2001")"), "p", "Patient.birthDate"));
    CHECK(desk.bad(patient(R"("language":"en-US")"), "p", "Patient.language"));
}

TEST_CASE("a value conforms to one of the profiles of its type") {
    Desk desk;
    desk.profile("home", "Address", R"({"id":"Address.city","path":"Address.city","min":1,"max":"1"})");
    desk.profile("post", "Address", R"({"id":"Address.postalCode","path":"Address.postalCode","min":1,"max":"1"})");
    desk.profile("one", "Patient", R"({"id":"Patient.address","path":"Patient.address","min":0,"max":"*","type":[{"code":"Address","profile":["http://test.example/home"]}]})");
    desk.profile("two", "Patient", R"({"id":"Patient.address","path":"Patient.address","min":0,"max":"*","type":[{"code":"Address","profile":["http://test.example/home","http://test.example/post"]}]})");
    CHECK(desk.bad(patient(R"("address":[{"postalCode":"1"}])"), "one", "Patient.address[0].city"));
    CHECK(desk.good(patient(R"("address":[{"postalCode":"1"},{"city":"x"}])"), "two"));
    CHECK(desk.bad(patient(R"("address":[{"text":"x"}])"), "two", "Patient.address[0]"));
}

TEST_CASE("a profile for another type is an error, an unknown one is not") {
    Desk desk;
    desk.profile("g", "Group", "");
    CHECK(desk.bad(patient(R"("active":true)"), "g", "Patient"));
    CHECK(desk.good(patient(R"("active":true)"), "nowhere"));
}

TEST_CASE("meta.profile is followed unless it is not wanted") {
    Desk desk;
    desk.profile("p", "Patient", R"({"id":"Patient.gender","path":"Patient.gender","min":1,"max":"1"})");
    const std::string claimed = patient(R"("meta":{"profile":["http://test.example/p"]},"active":true)");
    CHECK(desk.errors(claimed, Question{}).size() == 1);
    CHECK(desk.errors(claimed, Question{.follow_meta = false}).empty());
}

TEST_CASE("contained targets conform to the target profile") {
    Desk desk;
    desk.profile("org", "Organization", R"({"id":"Organization.name","path":"Organization.name","min":1,"max":"1"})");
    desk.profile("p", "Patient", R"({"id":"Patient.managingOrganization","path":"Patient.managingOrganization","min":0,"max":"1",
      "type":[{"code":"Reference","targetProfile":["http://test.example/org"],"aggregation":["contained"]}]})");
    const auto managed = [](std::string_view organization, std::string_view reference) {
        return patient(R"("contained":[{"resourceType":"Organization","id":"o",)" + std::string(organization) + R"(}],"managingOrganization":{"reference":")" + std::string(reference) + "\"}");
    };
    CHECK(desk.good(managed(R"("name":"x")", "#o"), "p"));
    CHECK(desk.bad(managed(R"("active":true)", "#o"), "p", "Patient.managingOrganization"));
    CHECK(desk.bad(patient(R"("managingOrganization":{"reference":"Organization/1"})"), "p", "Patient.managingOrganization"));
    CHECK(desk.bad(managed(R"("name":"x")", "#other"), "p", "Patient.managingOrganization"));
}

TEST_CASE("extensions stand where their definitions allow") {
    Desk desk;
    desk.profile("e", "Extension", R"({"id":"Extension.url","path":"Extension.url","min":1,"max":"1","fixedUri":"http://test.example/e"},
      {"id":"Extension.value[x]","path":"Extension.value[x]","min":1,"max":"1","type":[{"code":"string"}]})",
                 R"(,"context":[{"type":"element","expression":"Patient.contact.name"},{"type":"fhirpath","expression":"birthDate"}])");
    const std::string extension = R"("extension":[{"url":"http://test.example/e","valueString":"x"}])";
    CHECK(desk.errors(patient(R"("contact":[{"name":{"text":"n",)" + extension + "}}]"), Question{}).empty());
    CHECK(desk.errors(patient(R"("birthDate":"2000","_birthDate":{)" + extension + "}"), Question{}).empty());
    CHECK(desk.errors(patient(R"("name":[{"text":"n",)" + extension + "}]"), Question{}).size() == 1);
    CHECK(desk.errors(patient(R"("contact":[{"name":{"text":"n","extension":[{"url":"http://test.example/e","valueCode":"x"}]}}])"), Question{}).size() == 1);
}

TEST_CASE("an unknown extension is a remark, an unknown modifier an error") {
    Desk desk;
    CHECK(desk.errors(patient(R"("extension":[{"url":"http://nobody.test/x","valueString":"x"}])"), Question{}).empty());
    CHECK(desk.errors(patient(R"("extension":[{"url":"http://nobody.test/x","valueString":"x"}])"), Question{.known_extensions_only = true}).size() == 1);
    CHECK(desk.errors(patient(R"("modifierExtension":[{"url":"http://nobody.test/x","valueString":"x"}])"), Question{}).size() == 1);
}

TEST_CASE("references in a circle come to an end") {
    Desk desk;
    desk.profile("p", "Patient", R"({"id":"Patient.link","path":"Patient.link","min":1,"max":"*"},
      {"id":"Patient.link.other","path":"Patient.link.other","min":1,"max":"1","type":[{"code":"Reference","targetProfile":["http://test.example/p"]}]})");
    const auto entry = [](std::string_view id, std::string_view other) {
        return R"({"fullUrl":"http://s.example/Patient/)" + std::string(id) + R"(","resource":{"resourceType":"Patient","id":")" + std::string(id) +
               R"(","meta":{"profile":["http://test.example/p"]},"link":[{"type":"seealso","other":{"reference":"Patient/)" + std::string(other) + R"("}}]}})";
    };
    CHECK(desk.errors(R"({"resourceType":"Bundle","type":"collection","entry":[)" + entry("a", "b") + "," + entry("b", "a") + "]}", Question{}).empty());
}

TEST_SUITE_END();
