// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/structure.h"

#include "fhir/codec/json.h"
#include "fhir/testing.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

using namespace fhir;
using base::IssueType;

namespace {

using fhir::testing::r4;

base::Findings check(std::string_view json) {
    const auto document = codec::read_json(json, r4().names());
    if (!document) FAIL(document.fault().text << " " << json);
    return validate::check_structure(document->root(), r4());
}

// "structure Patient.name[0].colour", one a line.
std::string findings(std::string_view json) {
    std::string text;
    for (const base::Finding& finding : check(json)) {
        if (!text.empty()) text += '\n';
        text += std::string(base::spelling(finding.type)) + " " + finding.where;
    }
    return text;
}

std::string patient(std::string_view rest) { return R"({"resourceType":"Patient",)" + std::string(rest) + "}"; }

std::string read_file(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace

TEST_SUITE("fhir/validate/structure") {
    TEST_CASE("a well-shaped resource has no findings") {
        CHECK(findings(patient(R"("id":"p1","active":true,"gender":"female","birthDate":"1970-01-01",
            "name":[{"family":"Ng","given":["A",null],"_given":[null,{"extension":[{"url":"u","valueString":"x"}]}]}],
            "contact":[{"name":{"text":"B"}}],"deceasedBoolean":false)")) == "");
        CHECK(
            findings(
                R"({"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Basic","code":{"text":"x"}}}]})") ==
            "");
    }

    TEST_CASE("C-11: a resource type that is unknown, abstract or missing") {
        CHECK(findings(R"({"resourceType":"Patience","id":"a"})") == "not-supported Patience");
        CHECK(findings(R"({"resourceType":"DomainResource","id":"a"})") == "not-supported DomainResource");
        CHECK(findings(R"({"resourceType":"HumanName","text":"a"})") == "not-supported HumanName");
        CHECK(findings(R"({"id":"a"})") == "structure ");
        CHECK(findings(R"({"resourceType":"Bundle","type":"batch","entry":[{"resource":{"id":"a"}}]})") ==
              "structure Bundle.entry[0].resource");
    }

    TEST_CASE("C-12: a list where one is expected, and the reverse; objects where values are") {
        CHECK(findings(patient(R"("birthDate":["1970"])")) == "structure Patient.birthDate");
        CHECK(findings(patient(R"("name":{"family":"Ng"})")) == "structure Patient.name[0]");
        CHECK(findings(patient(R"("active":{"x":1})")) == "structure Patient.active");
        CHECK(findings(patient(R"("name":["Ng"])")) == "structure Patient.name[0]");
        CHECK(findings(patient(R"("active":{"resourceType":"Patient","id":"a"})")) == "structure Patient.active");
    }

    TEST_CASE("C-15: two forms of a choice") {
        CHECK(findings(patient(R"("deceasedBoolean":true,"deceasedDateTime":"2020")")) == "structure Patient.deceased");
        CHECK(findings(patient(R"("extension":[{"url":"u","valueString":"a","valueInteger":1}])")) ==
              "structure Patient.extension[0].value");
    }

    TEST_CASE("C-16: unknown properties are named") {
        CHECK(findings(patient(R"("colour":"red")")) == "structure Patient.colour");
        CHECK(findings(patient(R"("name":[{"family":"a"},{"constructor":"a"}])")) ==
              "structure Patient.name[1].constructor");
        CHECK_FALSE(codec::read_json(patient(R"("__proto__":{"extension":[{"url":"u","valueString":"x"}]})"), r4().names()));
        CHECK(findings(patient(R"("value":"a")")) == "structure Patient.value");
    }

    TEST_CASE("required elements and most occurrences") {
        CHECK(findings(R"({"resourceType":"Observation","id":"a"})") ==
              "required Observation.status\nrequired Observation.code");
        CHECK(findings(patient(R"("link":[{"type":"seealso"}])")) == "required Patient.link[0].other");
        CHECK(findings(patient(R"("extension":[{"valueString":"a"}])")) == "required Patient.extension[0].url");
    }

    TEST_CASE("kinds and formats of primitives") {
        CHECK(findings(patient(R"("active":"true")")) == "value Patient.active");
        CHECK(findings(patient(R"("birthDate":1970)")) == "value Patient.birthDate");
        CHECK(findings(patient(R"("multipleBirthInteger":1.5)")) == "value Patient.multipleBirth");
        CHECK(findings(patient(R"("multipleBirthInteger":"1")")) == "value Patient.multipleBirth");
        CHECK(findings(patient(R"("birthDate":"2024-02-30")")) == "value Patient.birthDate");
        CHECK(findings(patient(R"("id":"a_b")")) == "value Patient.id");
        CHECK(findings(patient(R"("deceasedDateTime":"2020-01-01T10:00:00")")) == "value Patient.deceased");
        CHECK(findings(patient(R"("photo":[{"data":"QUJ"}])")) == "value Patient.photo[0].data");
        CHECK(findings(patient(R"("photo":[{"url":"a b"}])")) == "value Patient.photo[0].url");
        CHECK(findings(patient(R"("_birthDate":{"id":"x"})")) == "invariant Patient.birthDate");
        CHECK(findings(patient(R"("name":[{"id":"x"}])")) == "invariant Patient.name[0]");
        CHECK(findings(patient(R"("_birthDate":{"extension":[{"url":"u","valueCode":" a"}]})")) ==
              "value Patient.birthDate.extension[0].value");
    }

    TEST_CASE("a string of more than 2^20 characters is too long") {
        const std::string allowed(1024 * 1024, 'a');
        CHECK(findings(patient("\"name\":[{\"text\":\"" + allowed + "\"}]")) == "");
        CHECK(findings(patient("\"name\":[{\"text\":\"" + allowed + "b\"}]")) == "too-long Patient.name[0].text");
    }

    TEST_CASE("a code is a string, and no longer than one") {
        CHECK(findings(patient("\"language\":\"" + std::string(1024 * 1024 + 1, 'a') + "\"")) == "too-long Patient.language");
    }

    TEST_CASE("an element may stand 100,000 times in one place and not once more") {
        const auto given = [](std::size_t count) {
            std::string list = "\"a\"";
            for (std::size_t i = 1; i < count; ++i) list += ",\"a\"";
            return patient("\"name\":[{\"given\":[" + list + "]}]");
        };
        CHECK(findings(given(100'000)) == "");
        CHECK(findings(given(100'001)) == "too-long Patient.name[0].given");
    }

    TEST_CASE("codes of required bindings") {
        CHECK(findings(patient(R"("gender":"f")")) == "code-invalid Patient.gender");
        CHECK(findings(patient(R"("gender":"Female")")) == "code-invalid Patient.gender");
        CHECK(findings(patient(R"("photo":[{"contentType":"x/anything"}])")) == "");
        CHECK(findings(R"({"resourceType":"Bundle","type":"pile"})") == "code-invalid Bundle.type");
    }

    TEST_CASE("C-22: a contained resource contains none") {
        CHECK(findings(patient(
                  R"("link":[{"type":"seealso","other":{"reference":"#g"}}],"contained":[{"resourceType":"Patient",
            "id":"g","contained":[{"resourceType":"Patient","id":"x"}]}])")) ==
              "invariant Patient.contained[0].contained[0]");
        CHECK(
            findings(
                R"({"resourceType":"Bundle","type":"collection","entry":[{"resource":{"resourceType":"Patient","id":"a",
            "contained":[{"resourceType":"Organization","id":"b","name":"B"}],"managingOrganization":{"reference":"#b"}}}]})") ==
            "");
    }

    TEST_CASE("C-22: contained resources are referred to, and by one id each") {
        const auto contained = [](std::string_view resources, std::string_view reference) {
            return findings(patient("\"contained\":[" + std::string(resources) +
                                    "],\"managingOrganization\":{\"reference\":\"" + std::string(reference) + "\"}"));
        };
        constexpr std::string_view one = R"({"resourceType":"Organization","id":"a","name":"A"})";
        CHECK(contained(one, "#a") == "");
        CHECK(contained(one, "#b") == "invariant Patient.contained[0]");
        CHECK(contained(one, "Organization/a") == "invariant Patient.contained[0]");
        CHECK(contained(R"({"resourceType":"Organization","name":"A"})", "#a") == "invariant Patient.contained[0]");
        CHECK(contained(std::string(one) + "," + std::string(one), "#a") == "invariant Patient");
        // One that refers to its container needs no reference to itself; two that refer to each other have theirs.
        CHECK(
            contained(
                R"({"resourceType":"Provenance","id":"p","recorded":"2020-01-01T00:00:00Z","target":[{"reference":"#"}],
            "agent":[{"who":{"display":"x"}}]})",
                "Organization/1") == "");
        CHECK(contained(R"({"resourceType":"Organization","id":"a","partOf":{"reference":"#b"}},
            {"resourceType":"Organization","id":"b","partOf":{"reference":"#a"}})",
                        "Organization/1") == "");
        // Another resource's reference does not count.
        CHECK(findings(R"({"resourceType":"Bundle","type":"collection","entry":[
            {"resource":{"resourceType":"Patient","contained":[{"resourceType":"Organization","id":"a","name":"A"}]}},
            {"resource":{"resourceType":"Patient","managingOrganization":{"reference":"#a"}}}]})") ==
              "invariant Bundle.entry[0].resource.contained[0]");
    }

    TEST_CASE("an extension has a value or extensions") {
        CHECK(findings(patient(R"("extension":[{"url":"u"}])")) == "invariant Patient.extension[0]");
        CHECK(findings(patient(
                  R"("extension":[{"url":"u","valueString":"a","extension":[{"url":"v","valueString":"b"}]}])")) ==
              "invariant Patient.extension[0]");
        CHECK(findings(patient(R"("extension":[{"url":"u","extension":[{"url":"v","valueString":"b"}]}])")) == "");
    }

    TEST_CASE("narrative is looked into") {
        CHECK(
            findings(patient(
                R"("text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\"><script>x</script></div>"})")) ==
            "security Patient.text.div");
    }

    TEST_CASE("findings are bounded") {
        std::string names;
        for (int i = 0; i < 1000; ++i) names += (i == 0 ? "" : ",") + std::string(R"({"colour":"red"})");
        const base::Findings found = check(patient("\"name\":[" + names + "]"));
        CHECK(found.size() == validate::most_findings + 1);
        CHECK(found.back().type == IssueType::too_long);
    }

    TEST_CASE("the R4 examples are accepted, but for those that are listed with a reason") {
        std::map<std::string, std::string> listed;
        std::ifstream list(ANDIRON_SOURCE_DIR "/conformance-tests/examples-refused.tsv");
        for (std::string line; std::getline(list, line);) {
            if (line.empty() || line[0] == '#') continue;
            const std::size_t tab = line.find('\t');
            REQUIRE(tab != std::string::npos);
            CHECK(line.size() > tab + 10);  // a reason
            CHECK(listed.emplace(line.substr(0, tab), line.substr(tab + 1)).second);
        }
        std::size_t count = 0;
        for (const auto& file : std::filesystem::directory_iterator(ANDIRON_PACKAGES "/hl7.fhir.r4.examples")) {
            const std::string name = file.path().filename().string();
            if (!name.ends_with(".json")) continue;
            ++count;
            const auto document = codec::read_json(read_file(file.path()), r4().names());
            std::string problem;
            if (!document) {
                problem = document.fault().text + " " + document.fault().where;
            } else if (const auto found = validate::check_structure(document->root(), r4()); base::any_error(found)) {
                problem = found[0].where + ": " + found[0].text;
            }
            const bool expected = listed.erase(name) > 0;
            if (problem.empty() == expected) FAIL_CHECK(name << "\t" << (expected ? "passes but is listed" : problem));
        }
        CHECK(count == 5'307);
        for (const auto& [name, reason] : listed) FAIL_CHECK(name << " is listed but does not exist");
    }
}
