// SPDX-License-Identifier: Apache-2.0
#include "runner/arguments.h"

#include <doctest/doctest.h>

using namespace runner;

TEST_SUITE("runner/arguments") {
    TEST_CASE("without words it is all suites against the server on this machine") {
        const auto given = read({});
        REQUIRE(given);
        CHECK(given->target.base == "http://127.0.0.1:8080/fhir");
        CHECK(given->target.format == Format::json);
        CHECK(given->suites.empty());
        CHECK(given->files.empty());
    }

    TEST_CASE("each flag is read, and what is no flag is a file") {
        const auto given = read({"--target", "https://x.example/fhir/", "--auth", "Bearer abc", "--mllp", "h:2575", "--suite", "rest", "--suite", "search", "--xml",
                                 "--package", "us.tgz", "--report", "out", "--timeout", "5", "--only", "name", "a.scenario"});
        REQUIRE(given);
        CHECK(given->target.base == "https://x.example/fhir");
        CHECK(given->target.authorization == "Bearer abc");
        CHECK(given->target.mllp == "h:2575");
        CHECK(given->target.format == Format::xml);
        CHECK(given->target.patience == std::chrono::seconds(5));
        CHECK(given->suites == std::vector<std::string>{"rest", "search"});
        CHECK(given->packages == std::vector<std::string>{"us.tgz"});
        CHECK(given->files == std::vector<std::string>{"a.scenario"});
        CHECK(given->report == "out");
        CHECK(given->only == "name");
    }

    TEST_CASE("TestScripts get further targets, variables and fixtures") {
        const auto given = read({"--target", "http://a/fhir", "--target", "2=http://b/fhir/", "--auth", "2=u:p", "--variable", "family=Ng=Oh", "--variable", "empty=", "--fixtures", "/tmp", "--xml"});
        REQUIRE(given);
        CHECK(given->target.base == "http://a/fhir");
        CHECK(given->target.authorization.empty());
        REQUIRE(given->scripts.targets.contains(2));
        CHECK(given->scripts.targets.at(2).base == "http://b/fhir");
        CHECK(given->scripts.targets.at(2).authorization == "Basic dTpw");
        CHECK(given->scripts.targets.at(2).format == Format::xml);
        CHECK(given->scripts.variables.at("family") == "Ng=Oh");
        CHECK(given->scripts.variables.at("empty").empty());
        CHECK(given->scripts.folders == std::vector<std::string>{"/tmp"});
        CHECK(read({"--variable", "nothing"}).fault().text == "--variable takes NAME=VALUE");
        CHECK(read({"--target", "2=ftp://b"}).fault().text.find("--target") == 0);
    }

    TEST_CASE("a user and a password are sent as Basic") {
        CHECK(*authorization("user:pass") == "Basic dXNlcjpwYXNz");
        CHECK(*authorization("Bearer t") == "Bearer t");
        CHECK_FALSE(authorization("nothing"));
    }

    TEST_CASE("what cannot be is refused with the word that is wrong") {
        const auto text = [](const std::vector<std::string>& words) {
            const auto given = read(words);
            return given ? std::string() : given.fault().text;
        };
        CHECK(text({"--foo"}) == "unknown flag --foo");
        CHECK(text({"--suite"}) == "--suite needs a value");
        CHECK(text({"--target", "ftp://x"}).find("--target") == 0);
        CHECK(text({"--mllp", "nowhere"}).find("--mllp") == 0);
        CHECK(text({"--timeout", "0"}).find("--timeout") == 0);
        CHECK(text({"--record"}).find("--record") == 0);
        CHECK(text({"--fixtures", "/nowhere/at-all"}) == "--fixtures: there is no folder /nowhere/at-all");
    }
}
