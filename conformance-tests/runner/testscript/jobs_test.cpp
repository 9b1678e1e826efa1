// SPDX-License-Identifier: Apache-2.0
#include "runner/testscript/jobs.h"

#include "runner/testing.h"
#include "runner/testscript/fixtures.h"
#include "runner/testscript/profiles.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <unistd.h>

using namespace runner;
using namespace runner::testscript;
namespace files = std::filesystem;

namespace {

class Folder {
public:
    Folder() {
        std::string name = (files::temp_directory_path() / "andiron-testscript-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        files::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    std::string put(const std::string& name, const std::string& text) const {
        files::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name) << text;
        return (path_ / name).string();
    }
    std::string path() const { return path_.string(); }

private:
    files::path path_{};
};

// Nobody answers at that target: what can be told without asking is told all the same.
Case run_alone(const Job& job) {
    const Target target{.base = "http://127.0.0.1:1/fhir"};
    Client client(target, runner::testing::clock());
    const Judge judge(runner::testing::knowledge(), runner::testing::clock());
    Bench bench{target, client, judge, runner::testing::clock(), "r1"};
    return job.run(bench);
}

const char* const small = R"({"resourceType":"TestScript","id":"small","test":[{"id":"t","action":[{"operation":{"type":{"code":"capabilities"}}}]}]})";

}  // namespace

TEST_SUITE("runner/testscript/jobs") {
    TEST_CASE("a folder gives its scripts and passes over what is none; each has an id of its own") {
        const Folder folder;
        folder.put("a.json", small);
        folder.put("b.json", small);
        folder.put("below/c.xml", R"(<TestScript xmlns="http://hl7.org/fhir"><id value="third"/></TestScript>)");
        folder.put("below/patient.json", R"({"resourceType":"Patient"})");
        folder.put("notes.txt", "TestScript");
        const auto made = jobs("s", {folder.path()}, runner::testing::knowledge());
        REQUIRE(made);
        std::vector<std::string> ids;
        for (const Job& one : *made) ids.push_back(one.suite + '/' + one.id);
        CHECK(ids == std::vector<std::string>{"s/small", "s/b", "s/third"});
        const Case result = run_alone(made->front());
        CHECK(result.suite == "s");
        CHECK(result.source == folder.path() + "/a.json");
        CHECK(result.verdict() == Verdict::error);  // nobody answers
        CHECK(jobs("s", {folder.path() + "/none"}, runner::testing::knowledge()).fault().kind == base::Fault::Kind::missing);
    }

    TEST_CASE("what cannot be run says so as a case: another version is a limit, nonsense an error") {
        const Folder folder;
        const auto verdict = [&](const std::string& name, const std::string& text) {
            const auto made = jobs("s", {folder.put(name, text)}, runner::testing::knowledge());
            REQUIRE(made);
            REQUIRE(made->size() == 1);
            const Case result = run_alone(made->front());
            REQUIRE(result.tests.size() == 1);
            return result.tests[0].steps[0];
        };
        const Step later = verdict("r5.json", R"({"resourceType":"TestScript","scope":[{"artifact":"http://example.org/a"}]})");
        CHECK(later.verdict == Verdict::limit);
        CHECK(later.message == "a TestScript of R5: TestScript.scope is not of R4");
        CHECK(verdict("bad.json", R"({"resourceType":"TestScript",)").verdict == Verdict::error);
        CHECK(verdict("patient.json", R"({"resourceType":"Patient"})").verdict == Verdict::error);
        CHECK(verdict("unknown.json", R"({"resourceType":"TestScript","tset":[]})").verdict == Verdict::error);
    }

    TEST_CASE("references lead to files beside the script, into its fixtures, and where else fixtures lie") {
        const Folder folder;
        folder.put("scripts/fixtures/a.json", "a");
        folder.put("fixtures/b.xml", "b");
        folder.put("scripts/Patient/one.json", "one");
        folder.put("scripts/patient-two.xml", "two");
        folder.put("more/Patient-three.json", "three");
        Script script;
        script.folder = folder.path() + "/scripts";
        const auto found = [&](const std::string& reference) {
            const auto bytes = content(script, reference, {folder.path() + "/more"});
            return bytes ? *bytes : "fault: " + bytes.fault().text;
        };
        CHECK(found("fixtures/a.json") == "a");
        CHECK(found("a.json") == "a");
        CHECK(found("../fixtures/b.xml") == "b");
        CHECK(found("b") == "b");
        CHECK(found("Patient/one") == "one");
        CHECK(found("Patient/two") == "two");
        CHECK(found("Patient/three") == "three");
        CHECK(found("http://example.org/fhir/Patient/three/_history/2") == "three");
        CHECK(found("Patient/four") == "fault: Patient/four is not beside the script; --fixtures says where else to look");
        CHECK(content(script, "http://example.org/fhir/Patient/four", {}).fault().kind == base::Fault::Kind::unsupported);
        CHECK(content(script, "#inside", {}).fault().kind == base::Fault::Kind::missing);
    }

    TEST_CASE("a profile beside the script judges what comes back") {
        const auto script = testscript::read(R"({"resourceType":"TestScript","contained":[{"resourceType":"StructureDefinition","id":"p","url":"http://example.org/p","name":"P",
            "status":"active","kind":"resource","abstract":false,"type":"Patient","baseDefinition":"http://hl7.org/fhir/StructureDefinition/Patient","derivation":"constraint",
            "differential":{"element":[{"id":"Patient.telecom","path":"Patient.telecom","min":1}]}}],"profile":[{"id":"own","reference":"#p"}]})", "", runner::testing::knowledge());
        REQUIRE(script);
        const Judge judge(runner::testing::knowledge(), runner::testing::clock());
        const std::vector<std::string> folders;
        Profiles profiles(*script, judge, folders, runner::testing::clock());
        const auto without = judge.knowledge().read(R"({"resourceType":"Patient","active":true})");
        const auto with = judge.knowledge().read(R"({"resourceType":"Patient","telecom":[{"system":"phone","value":"1"}]})");
        REQUIRE(without);
        REQUIRE(with);
        const auto wrong = profiles.errors(without->root(), "own");
        REQUIRE(wrong);
        REQUIRE(wrong->size() == 1);
        CHECK(wrong->front().find("telecom") != std::string::npos);
        CHECK(profiles.errors(with->root(), "own")->empty());
    }

    TEST_CASE("a profile may be named as the specification names it; what lies nowhere is an error, what lies elsewhere a limit") {
        const auto script = testscript::read(R"({"resourceType":"TestScript","profile":[{"id":"base","reference":"StructureDefinition/Patient"},
            {"id":"none","reference":"StructureDefinition/none-here"},{"id":"far","reference":"http://example.org/StructureDefinition/far"}]})", "", runner::testing::knowledge());
        REQUIRE(script);
        const Judge judge(runner::testing::knowledge(), runner::testing::clock());
        const std::vector<std::string> folders;
        Profiles profiles(*script, judge, folders, runner::testing::clock());
        const auto patient = judge.knowledge().read(R"({"resourceType":"Patient","active":true})");
        REQUIRE(patient);
        const auto base = profiles.errors(patient->root(), "base");
        REQUIRE(base);
        CHECK(base->empty());
        CHECK(profiles.errors(patient->root(), "none").fault().kind == base::Fault::Kind::missing);
        CHECK(profiles.errors(patient->root(), "far").fault().kind == base::Fault::Kind::unsupported);
    }

    TEST_CASE("all scripts of our own can be read, and do not fail for want of a fixture") {
        const auto made = jobs("testscript", {runner::testing::sources().suites + "/testscripts"}, runner::testing::knowledge());
        REQUIRE(made);
        CHECK(made->size() >= 10);
        for (const Job& one : *made) {
            const Case result = run_alone(one);
            for (const Step& step : result.setup.steps) {
                CAPTURE(one.id);
                CAPTURE(step.message);
                CHECK(step.label.find("fixture ") != 0);
            }
            CHECK((result.tests.empty() || result.tests[0].id != "script"));
        }
    }

    TEST_CASE("scripts that others publish are read when they are at hand: those of R4 run, others are refused as such") {
        const files::path shared = files::path(ANDIRON_SOURCE_DIR).parent_path() / "shared" / "suites";
        const files::path folder = files::exists(shared) ? shared : files::path(ANDIRON_SOURCE_DIR).parent_path().parent_path() / "shared" / "suites";
        if (!files::exists(folder / "testscript-hl7-examples")) return;
        const auto good = jobs("hl7", {(folder / "testscript-hl7-examples").string()}, runner::testing::knowledge());
        REQUIRE(good);
        CHECK(good->size() == 6);
        for (const Job& one : *good) CHECK(one.id.starts_with("testscript-example"));
        const auto later = jobs("ig", {(folder / "testscript-testing-ig").string()}, runner::testing::knowledge());
        REQUIRE(later);
        std::size_t limits = 0;
        for (const Job& one : *later) limits += run_alone(one).verdict() == Verdict::limit ? 1U : 0U;
        CHECK(limits + 1 == later->size());  // one of them says nothing that is not of R4, and does nothing either
    }
}
