// SPDX-License-Identifier: Apache-2.0
#include "mapping/beside.h"

#include "fhir/codec/json.h"
#include "mapping/explain.h"
#include "terminology/local_service.h"
#include "terminology/testing.h"

#include <doctest/doctest.h>

using terminology::testing::read;

namespace {

constexpr std::string_view laboratory = R"({"resourceType":"ConceptMap","url":"http://example.org/lab-to-loinc","status":"active",
    "group":[{"source":"urn:id:LAB","target":"http://loinc.org","element":[
      {"code":"NA","target":[{"code":"2951-2","display":"Sodium","equivalence":"equivalent"},{"code":"2947-0","equivalence":"narrower"}]}]}]})";

std::string after(std::string_view json, base::Findings* findings = nullptr) {
    const auto library = terminology::testing::library({laboratory, terminology::testing::colours});
    const terminology::Local codes(library);
    const terminology::LocalService service(library, codes);
    mapping::Translation translation;
    translation.entries.push_back({"Observation", "1", mapping::Entry::Mode::replace, read(json), {}});
    mapping::put_beside(translation, service);
    if (findings != nullptr) *findings = translation.findings;
    return fhir::codec::to_json(translation.entries[0].resource.root());
}

}  // namespace

TEST_SUITE("mapping/beside") {

TEST_CASE("the standard code stands behind the local one, and only the one that means the same") {
    CHECK(after(R"({"resourceType":"Observation","code":{"coding":[{"system":"urn:id:LAB","code":"NA"}],"text":"Na"},"status":"final"})") ==
          R"({"resourceType":"Observation","code":{"coding":[{"system":"urn:id:LAB","code":"NA"},{"system":"http://loinc.org","code":"2951-2","display":"Sodium"}],"text":"Na"},"status":"final"})");
}

TEST_CASE("what was sent already is not sent twice, and what nobody translates stays as it is") {
    const std::string both = R"({"resourceType":"Observation","status":"final","code":{"coding":[{"system":"urn:id:LAB","code":"NA"},{"system":"http://loinc.org","code":"2951-2"}]}})";
    CHECK(after(both) == both);
    const std::string other = R"({"resourceType":"Observation","status":"final","code":{"coding":[{"system":"urn:id:LAB","code":"K"}]}})";
    CHECK(after(other) == other);
}

TEST_CASE("a code that its system does not have is a finding, without the code") {
    base::Findings findings;
    after(R"({"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://example.org/colours","code":"loud"}]}})", &findings);
    REQUIRE(findings.size() == 1);
    CHECK(findings[0].where == "Observation.code");
    CHECK(findings[0].text.find("loud") == std::string::npos);
}

TEST_CASE("what is wrong is not passed on as right: the system of an unknown code, another's display, an end before the beginning") {
    CHECK(after(R"({"resourceType":"Observation","code":{"coding":[{"system":"http://example.org/colours","code":"loud","display":"Loud"}]}})") ==
          R"({"resourceType":"Observation","code":{"coding":[{"code":"loud","display":"Loud"}]}})");
    CHECK(after(R"({"resourceType":"Observation","code":{"coding":[{"system":"http://example.org/colours","code":"red","display":"Rouge"}]}})") ==
          R"({"resourceType":"Observation","code":{"coding":[{"system":"http://example.org/colours","code":"red","display":"Red"}],"text":"Rouge"}})");
    CHECK(after(R"({"resourceType":"Observation","effectivePeriod":{"start":"2024-01-02","end":"2024-01-01"}})") ==
          R"({"resourceType":"Observation","effectivePeriod":{"start":"2024-01-02"}})");
    CHECK(after(R"({"resourceType":"Observation","effectivePeriod":{"start":"2024-01-02T10:00:00Z","end":"2024-01-02T14:00:00.5+05:30"}})") ==
          R"({"resourceType":"Observation","effectivePeriod":{"start":"2024-01-02T10:00:00Z"}})");
    const std::string shorter = R"({"resourceType":"Observation","effectivePeriod":{"start":"2024-01-02T10:00:00Z","end":"2024-01-02"}})";
    CHECK(after(shorter) == shorter);
    const std::string right = R"({"resourceType":"Observation","code":{"coding":[{"system":"http://example.org/colours","code":"red","display":"red"}]},"effectivePeriod":{"start":"2024-01-01","end":"2024-01-02"}})";
    CHECK(after(right) == right);
}


TEST_CASE("a trace tells what the terminology put in, and no longer what it took out") {
    const auto library = terminology::testing::library({laboratory, terminology::testing::colours});
    const terminology::Local codes(library);
    const terminology::LocalService service(library, codes);
    mapping::Translation translation;
    const auto observation = [](std::string_view json) { return mapping::Entry{"Observation", "1", mapping::Entry::Mode::replace, read(json), {}}; };
    translation.entries.push_back(observation(R"({"resourceType":"Observation","code":{"coding":[{"system":"urn:id:LAB","code":"NA"}]}})"));
    translation.entries.push_back(observation(R"({"resourceType":"Observation","category":[{"coding":[{"system":"http://example.org/colours","code":"loud"}]}]})"));
    translation.trace = {{0, "Observation.code.coding[0].system", "a.map", 1}, {0, "Observation.code.coding[0].code", "a.map", 2},
                         {1, "Observation.category[0].coding[0].system", "a.map", 3}, {1, "Observation.category[0].coding[0].code", "a.map", 4}};
    mapping::put_beside(translation, service);
    std::string told;
    for (const mapping::Trace& line : translation.trace) told += line.element.substr(12) + ' ' + line.file + ':' + std::to_string(line.line) + '\n';
    CHECK(told == "code.coding[0].system a.map:1\ncode.coding[0].code a.map:2\ncode.coding[1].system terminology:0\n"
                  "code.coding[1].code terminology:0\ncode.coding[1].display terminology:0\ncategory[0].coding[0].code a.map:4\n");
    CHECK(mapping::explain(translation, true).find("  Observation.code.coding[1].code                              terminology = 2951-2\n") != std::string::npos);
}

}
