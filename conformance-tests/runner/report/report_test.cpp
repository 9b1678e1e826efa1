// SPDX-License-Identifier: Apache-2.0
#include "runner/judge.h"
#include "runner/report/html.h"
#include "runner/report/junit.h"
#include "runner/report/overview.h"
#include "runner/report/scoreboard.h"
#include "runner/report/terminal.h"
#include "runner/report/test_report.h"
#include "runner/report/write.h"
#include "runner/testing.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

using namespace runner;

namespace {

Step asked(const std::string& label, int status, const std::string& body, Verdict verdict = Verdict::pass) {
    Exchange exchange{.request = {.method = "GET", .url = "http://server.test/fhir/" + label, .fields = {{"Accept", "application/fhir+json"}, {"authorization", "Bearer tell-nobody"}}},
                      .response = {.status = status, .fields = {{"Content-Type", "application/fhir+json"}}, .body = body}, .took = 3'000};
    return {.kind = Step::Kind::operation, .label = "GET " + label, .verdict = verdict, .exchange = exchange};
}

Step claimed(const std::string& label, Verdict verdict, const std::string& message = "") { return {.label = label, .verdict = verdict, .message = message, .where = "a.scenario:7"}; }

Run sample() {
    Run run{.base = "http://server.test/fhir", .target = {.software = "Kettle", .version = "2.1", .fhir_version = "4.0.1", .name = ""}, .begun = 1'800'000'000'000'000, .took = 4'200'000};
    Case names{.suite = "search", .id = "name-prefix", .title = "A name search finds prefixes", .source = "name-prefix.scenario", .begun = run.begun, .took = 90'000};
    names.setup.steps = {asked("Patient", 201, "")};
    names.tests.push_back({.id = "prefix", .title = "Prefixes", .requirement = "FHIR R4 3.1.1.4.8", .steps = {asked("Patient?name=a", 200, "{}"), claimed("total = 1", Verdict::pass)}, .took = 5'000});
    names.tests.push_back({.id = "exact", .title = "Exact <b>", .steps = {asked("Patient?name:exact=a", 200, R"({"resourceType":"Bundle","type":"<script>"})"), claimed("total = 0", Verdict::fail, "1 instead of 0 & more")}});
    names.tests.push_back({.id = "phonetic", .steps = {claimed("phonetic", Verdict::skip, "not offered")}});
    names.tests.push_back({.id = "limit", .steps = {claimed("method=xpath", Verdict::limit, "XPath")}});
    names.teardown.steps = {asked("Patient/1", 204, ""), claimed("gone", Verdict::pass)};
    run.cases.push_back(names);
    Case links{.suite = "gateway", .id = "adt", .script = "TestScript/adt"};
    links.tests.push_back({.id = "ack", .steps = {claimed("AA", Verdict::warning, "slow")}});
    run.cases.push_back(links);
    return run;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_SUITE("runner/report") {
    TEST_CASE("the terminal shows sums, the first problems and the verdict") {
        const std::string text = report::terminal(sample());
        CHECK(has(text, "Kettle 2.1 (FHIR 4.0.1) at http://server.test/fhir"));
        CHECK(has(text, "fail  search/name-prefix/exact (a.scenario:7): total = 0: 1 instead of 0 & more"));
        CHECK(has(text, "FAILED: 1 of 3 tests did not pass, 1 warning, 1 skipped, 1 beyond this program"));
        Run many = sample();
        for (int more = 0; more < 40; ++more) many.cases[0].tests.push_back(many.cases[0].tests[1]);
        CHECK(std::ranges::count(report::terminal(many), '\n') < 40);
        CHECK(has(report::terminal(many), "and 29 more"));
        CHECK(has(report::terminal(Run{}), "NOTHING TRIED"));
        many.cases[0].tests[1].steps[1].where = "prefix.scenario:7";
        many.cases[1].suite = "a-suite-with-a-long-name";
        const std::string wide = report::terminal(many, 100), narrow = report::terminal(many, 60);
        CHECK(has(wide, "exact (prefix.scenario:7): total = 0"));
        CHECK(has(wide, "\n  a-suite-with-a-long-name       1      0        1"));
        CHECK(has(narrow, "\n  a-suite-with-a-      1     0     1     0     0     0     0\n"));
    }

    TEST_CASE("JUnit XML is well formed, escaped, and counts what a build server counts") {
        const std::string text = report::junit(sample());
        CHECK(has(text, R"(<testsuites name="http://server.test/fhir" tests="5" failures="1" errors="0" skipped="2")"));
        CHECK(has(text, R"(<failure message="total = 0: 1 instead of 0 &amp; more" type="fail">)"));
        CHECK(has(text, R"(<skipped message="beyond this program: method=xpath: XPath"/>)"));
        CHECK_FALSE(has(text, "tell-nobody"));
    }

    TEST_CASE("a setup that went wrong is not lost in JUnit XML, in the terminal and on the page") {
        Run run = sample();
        run.cases[1].setup.steps = {asked("Organization", 500, "", Verdict::error)};
        CHECK(has(report::junit(run), R"(<testcase classname="gateway.adt" name="setup" time="0.000"><error)"));
        CHECK(has(report::terminal(run), "error gateway/adt/setup: GET Organization"));
        CHECK(has(report::html(run, testing::knowledge()), "gateway / adt / setup"));
        CHECK(report::verdict(run) == Verdict::error);
    }

    TEST_CASE("TestReports are valid") {
        const Judge judge(testing::knowledge(), testing::clock());
        Run run = sample();
        run.cases[0].tests[0].steps[1].message = "odd \x01 bytes \xFF";
        for (const Case& one : run.cases) {
            const fhir::Document made = report::test_report(run, one, testing::knowledge());
            const auto wrong = judge.errors(made.root(), "");
            REQUIRE(wrong);
            CHECK_MESSAGE(wrong->empty(), (wrong->empty() ? "" : wrong->front()));
        }
        const fhir::Document made = report::test_report(run, run.cases[0], testing::knowledge());
        CHECK(*judge.holds(made.root(), "result = 'fail' and score = 50.0 and test.count() = 4 and setup.action.count() = 1 and teardown.action.operation.count() = 2"));
        CHECK(*judge.holds(made.root(), "test.action.assert.where(result = 'skip').count() = 2 and testScript.display = 'name-prefix.scenario'"));
        CHECK(*judge.holds(report::test_report(run, run.cases[1], testing::knowledge()).root(), "result = 'pass' and score = 100.0 and testScript.reference = 'TestScript/adt'"));
        CHECK(*judge.holds(report::test_report(run, Case{.suite = "a", .id = "b"}, testing::knowledge()).root(), "result = 'pending' and score.empty()"));
    }

    TEST_CASE("the page escapes what came from the server, shows the exchange of what failed, and never what authorizes") {
        const std::string text = report::html(sample(), testing::knowledge());
        CHECK(has(text, "Exact &lt;b&gt;"));
        CHECK(has(text, "&quot;type&quot;: &quot;&lt;script&gt;&quot;"));
        CHECK(has(text, "authorization: ***"));
        CHECK_FALSE(has(text, "tell-nobody"));
        CHECK_FALSE(has(text, "<h5>Request</h5><pre tabindex=0><b>GET http://server.test/fhir/Patient?name=a</b>"));
        CHECK_FALSE(has(text, "src="));
        CHECK_FALSE(has(text, "<link"));
        Run large = sample();
        large.cases[0].tests[1].steps[0].exchange->response.body = std::string(4095, 'x') + "\xC3\xA9" + std::string(9000, 'x');
        const std::string cut = report::html(large, testing::knowledge());
        CHECK(has(cut, std::string(4095, 'x') + "\n<i>... cut here; 13097 bytes in all</i>"));
    }

    TEST_CASE("the reports are written into a folder, and those of an earlier run are not left") {
        const auto folder = std::filesystem::temp_directory_path() / "andiron-report-test" / std::to_string(::getpid());
        std::filesystem::create_directories(folder);
        std::ofstream(folder / "TestReport-old-one.json") << "{}";
        REQUIRE(report::write(sample(), folder.string(), testing::knowledge()));
        CHECK(std::filesystem::exists(folder / "index.html"));
        CHECK(std::filesystem::exists(folder / "junit.xml"));
        CHECK(std::filesystem::exists(folder / "TestReport-search-name-prefix.json"));
        CHECK_FALSE(std::filesystem::exists(folder / "TestReport-old-one.json"));
        std::filesystem::remove_all(folder);
    }

    TEST_CASE("a scoreboard comes back as it was written, with the reasons of what still fails") {
        const auto file = std::filesystem::temp_directory_path() / ("andiron-scoreboard-" + std::to_string(::getpid()) + ".tsv");
        report::Scoreboard board = report::updated(sample(), {{{"search", "name-prefix/exact"}, {"fail", "the reason"}}, {{"other", "x/y"}, {"pass"}}, {{"search", "gone/x"}, {"pass"}}});
        REQUIRE(report::write_scoreboard(file.string(), board));
        const auto read = report::read_scoreboard(file.string());
        REQUIRE(read);
        CHECK(read->size() == 6);
        CHECK(read->at({"search", "name-prefix/exact"}).reason == "the reason");
        CHECK(read->at({"gateway", "adt/ack"}).result == "warning");
        CHECK(read->contains({"other", "x/y"}));
        CHECK_FALSE(read->contains({"search", "gone/x"}));
        CHECK(report::compare(sample(), *read).good());
        CHECK(report::compare(sample(), *read).text().empty());
        std::ofstream(file) << "search name-prefix pass\n";
        CHECK(report::read_scoreboard(file.string()).fault().kind == base::Fault::Kind::malformed);
        std::filesystem::remove(file);
        CHECK(report::read_scoreboard(file.string()).fault().kind == base::Fault::Kind::missing);
    }

    TEST_CASE("what passed and does not, and what failed and does not any more, are both said") {
        const report::Scoreboard board = report::updated(sample(), {});
        Run run = sample();
        run.cases[0].tests[0].steps[1].verdict = Verdict::fail;
        run.cases[0].tests[1].steps[1].verdict = Verdict::pass;
        run.cases[0].tests[3].id = "renamed";
        const report::Comparison found = report::compare(run, board);
        CHECK(found.worse == std::vector<std::string>{"search: name-prefix/prefix: was pass, is fail (total = 1)", "search: name-prefix/limit: was limit, is not there any more"});
        CHECK(found.better == std::vector<std::string>{"search: name-prefix/exact: was fail, is pass"});
        CHECK(found.fresh == std::vector<std::string>{"search: name-prefix/renamed: limit"});
        CHECK(report::compare(run, board, false).worse.size() == 1);
        CHECK(has(found.text(), "given its reason:\n  search"));
        CHECK(has(found.text(), "--record"));
    }

    TEST_CASE("a suite that was not run or not tried is not compared") {
        const report::Scoreboard board = report::updated(sample(), {});
        Run run = sample();
        run.cases.pop_back();
        CHECK(report::compare(run, board).good());
        for (Test& test : run.cases[0].tests) test.steps = {claimed("no package", Verdict::skip)};
        run.cases[0].tests.resize(1);
        CHECK(report::compare(run, board).good());
        CHECK(report::compare(run, board).aside == std::vector<std::string>{"search"});
        CHECK(report::updated(run, board) .size() == board.size());
    }

    TEST_CASE("a scoreboard of a part of the cases leaves the others as they were") {
        const report::Scoreboard board = report::updated(sample(), {{{"search", "other/x"}, {"fail", "known"}}}, false);
        CHECK(board.at({"search", "other/x"}).reason == "known");
        CHECK(board.contains({"search", "name-prefix/exact"}));
        CHECK_FALSE(report::updated(sample(), board).contains({"search", "other/x"}));
    }
}
