// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/rules/testing.h"

#include <doctest/doctest.h>

using fhir::validate::testing::findings;

namespace {

std::string measure(std::string_view groups, std::string_view scoring = "cohort") {
    return R"({"resourceType":"Measure","url":"http://a.org/m","status":"active","scoring":{"coding":[{"code":")" +
           std::string(scoring) + R"("}]},"group":[)" + std::string(groups) + "]}";
}

constexpr std::string_view one =
    R"({"population":[{"code":{"coding":[{"system":"http://s.org","code":"all"}]},"criteria":{"language":"text/x","expression":"a"}}]})";

std::string report(std::string_view type, std::string_view groups, std::string_view of) {
    std::string text =
        findings(R"({"resourceType":"MeasureReport","measure":"http://a.org/m","status":"complete","type":")" +
                     std::string(type) + R"(","period":{"start":"2024"},"group":[)" + std::string(groups) + "]}",
                 {of});
    return text;
}

std::string population(std::string_view code, std::string_view rest) {
    return R"({"population":[{"code":{"coding":[{"system":"http://s.org","code":")" + std::string(code) + "\"}]}," +
           std::string(rest) + "}]";
}

}  // namespace

TEST_SUITE("fhir/validate/rules/measure") {
    TEST_CASE("a report has the populations of its measure, counted right") {
        CHECK(report("summary", population("all", R"("count":5)") + "}", measure(one)) == "");
        CHECK(report("summary", population("some", R"("count":5)") + "}", measure(one)) ==
              "error MeasureReport.group[0].population[0]\nerror MeasureReport.group[0]");
        CHECK(report("subject-list", population("all", R"("count":5,"subjectResults":{"reference":"List/1"})") + "}",
                     measure(one)) == "error MeasureReport.group[0].population[0]");
        CHECK(report("summary", population("all", R"("count":1,"subjectResults":{"reference":"List/1"})") + "}",
                     measure(one)) == "error MeasureReport.group[0].population[0]");
    }

    TEST_CASE("several groups are told apart by their codes") {
        const std::string two = measure(R"({"code":{"text":"x"}},{"code":{"text":"y"}})");
        CHECK(report("summary", R"({"code":{"text":"y"}},{"code":{"text":"x"}})", two) == "");
        CHECK(report("summary", R"({"code":{"text":"y"}})", two) == "error MeasureReport");
        CHECK(report("data-collection", R"({"code":{"text":"y"}})", two) == "");
        CHECK(report("summary", R"({"code":{"text":"y"}},{"code":{"text":"y"}})", two) ==
              "error MeasureReport.group[1]\nerror MeasureReport");
    }

    TEST_CASE("a proportion is a bare number between 0 and 1, and a cohort has no score") {
        const auto scored = [](std::string_view score, std::string_view scoring) {
            return report("summary", population("all", R"("count":5)") + std::string(score) + "}",
                          measure(one, scoring));
        };
        CHECK(scored(R"(,"measureScore":{"value":0.5})", "proportion") == "");
        CHECK(scored(R"(,"measureScore":{"value":50})", "proportion") ==
              "error MeasureReport.group[0].measureScore.value");
        CHECK(scored(R"(,"measureScore":{"value":0.5,"unit":"%"})", "proportion") ==
              "error MeasureReport.group[0].measureScore");
        CHECK(scored("", "proportion") == "error MeasureReport.group[0]");
        CHECK(scored(R"(,"measureScore":{"value":0.5})", "cohort") == "error MeasureReport.group[0].measureScore");
    }

    TEST_CASE("criteria in CQL need a library that defines them") {
        const auto criteria = [](std::string_view expression, std::initializer_list<std::string_view> known) {
            return findings(
                R"({"resourceType":"Measure","url":"http://a.org/m","status":"active","library":["http://a.org/l"],"group":[{"population":[{"criteria":{"language":"text/x","expression":"a"}}],
                "stratifier":[{"criteria":{"language":"text/cql","expression":")" +
                    std::string(expression) + "\"}}]}]}",
                known);
        };
        // <library><statements><def name="Adults"/></statements></library>
        const std::string library =
            R"({"resourceType":"Library","url":"http://a.org/l","name":"L","status":"active","type":{"text":"x"},
            "content":[{"contentType":"application/elm+xml","data":"PGxpYnJhcnk+PHN0YXRlbWVudHM+PGRlZiBuYW1lPSJBZHVsdHMiLz48L3N0YXRlbWVudHM+PC9saWJyYXJ5Pg=="}]})";
        CHECK(criteria("Adults", {library}) == "");
        CHECK(criteria("L.Adults", {library}) == "");
        CHECK(criteria("L.Children", {library}) == "error Measure.group[0].stratifier[0].criteria");
        CHECK(criteria("M.Adults", {library}) == "error Measure.group[0].stratifier[0].criteria");
        CHECK(criteria("Adults", {}) == "error Measure.group[0].stratifier[0].criteria");
    }
}
