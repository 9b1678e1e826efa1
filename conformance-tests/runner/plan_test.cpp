// SPDX-License-Identifier: Apache-2.0
#include "runner/plan.h"

#include "runner/testing.h"

#include <doctest/doctest.h>

using namespace runner;

namespace {

base::Result<std::vector<Suite>> planned(const Arguments& arguments) {
    const Sources sources = testing::sources();
    const Judge judge(testing::knowledge(), testing::clock());
    return plan({.arguments = arguments, .sources = sources, .judge = judge});
}

}  // namespace

TEST_SUITE("runner/plan") {
    TEST_CASE("every scenario of the repository can be read, and every suite has some") {
        for (const std::string name : {"rest", "search", "validation", "operations", "gateway", "testscript"}) {
            CAPTURE(name);
            const auto suites = planned({.suites = {name}});
            REQUIRE_MESSAGE(suites, suites.fault().text);
            REQUIRE(suites->size() == 1);
            CHECK_FALSE(suites->front().jobs.empty());
        }
    }

    TEST_CASE("--only keeps the cases whose names contain the word, and a suite without any is left away") {
        const auto suites = planned({.suites = {"rest", "search"}, .only = "SEARCH/str"});
        REQUIRE(suites);
        REQUIRE(suites->size() == 1);
        CHECK(suites->front().name == "search");
        CHECK(suites->front().jobs.size() == 1);
    }

    TEST_CASE("a suite that is not there is refused, and those that are there are named") {
        const auto suites = planned({.suites = {"nothing"}});
        REQUIRE_FALSE(suites);
        CHECK(suites.fault().kind == base::Fault::Kind::unsupported);
        CHECK(suites.fault().text.find("rest") != std::string::npos);
    }

    TEST_CASE("files take the place of the suites; one that is not there is said") {
        const auto suites = planned({.files = {testing::sources().suites + "/scenarios/search/string.scenario"}});
        REQUIRE(suites);
        REQUIRE(suites->size() == 1);
        CHECK(suites->front().name == "search");
        CHECK(planned({.files = {"/nothing/here.scenario"}}).fault().kind == base::Fault::Kind::missing);
    }
}
