// SPDX-License-Identifier: Apache-2.0
#include "runner/execute.h"

#include "runner/testing.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <memory>

using namespace runner;

namespace {

// A job that leaves a trace of having run.
Job job(std::vector<std::string>& ran, const std::string& id, Verdict verdict = Verdict::pass) {
    return {"s", id, [&ran, id, verdict](Bench&) {
                ran.push_back(id);
                return Case{.suite = "s", .id = id, .tests = {{.id = "t", .steps = {{.label = "x", .verdict = verdict}}}}};
            }};
}

std::vector<Case> run(const std::vector<Suite>& suites, const std::function<bool()>& stopped = [] { return false; }) {
    const Target target{.base = "http://127.0.0.1:1/fhir"};
    Client client(target, testing::clock());
    const Judge judge(testing::knowledge(), testing::clock());
    Bench bench{.target = target, .client = client, .judge = judge, .clock = testing::clock(), .run = "t1"};
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> nowhere(std::fopen("/dev/null", "w"), std::fclose);
    Progress progress(nowhere.get(), false, 0);
    return execute(suites, bench, progress, stopped);
}

}  // namespace

TEST_SUITE("runner/execute") {
    TEST_CASE("a suite's data is loaded before its jobs and removed after them, also when one failed") {
        std::vector<std::string> ran;
        run({{.name = "s", .jobs = {job(ran, "a", Verdict::fail), job(ran, "b")}, .before = job(ran, "load"), .after = job(ran, "remove")}});
        CHECK(ran == std::vector<std::string>{"load", "a", "b", "remove"});
    }

    TEST_CASE("without its data no job is run, each is an error, and the data is removed all the same") {
        std::vector<std::string> ran;
        const auto cases = run({{.name = "s", .jobs = {job(ran, "a")}, .before = job(ran, "load", Verdict::error), .after = job(ran, "remove")}});
        CHECK(ran == std::vector<std::string>{"load", "remove"});
        REQUIRE(cases.size() == 3);
        CHECK(cases[1].id == "a");
        CHECK(cases[1].verdict() == Verdict::error);
    }

    TEST_CASE("an interruption begins no other job, and the data is removed") {
        std::vector<std::string> ran;
        run({{.name = "s", .jobs = {job(ran, "a"), job(ran, "b")}, .before = job(ran, "load"), .after = job(ran, "remove")}, {.name = "other", .jobs = {job(ran, "c")}}},
            [&] { return ran.size() >= 2; });
        CHECK(ran == std::vector<std::string>{"load", "a", "remove"});
    }
}
