// SPDX-License-Identifier: Apache-2.0
#include "interaction/testing.h"

using namespace interaction;
using namespace fhir::literals;

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Lab : World {
    void observe(const std::string& id, const std::string& code, const std::string& when, const std::string& patient = "p") {
        const std::string json = R"({"resourceType":"Observation","id":")" + id + R"(","status":"final","category":[{"coding":[{"system":"http://c","code":"lab"}]}],"code":)" +
                                 code + R"(,"subject":{"reference":"Patient/)" + patient + "\"}" + (when.empty() ? "" : "," + when) + "}";
        const auto done = put("Observation", id, json);
        REQUIRE_MESSAGE(done, done.fault().text);
    }
    static std::string coded(const std::vector<std::string>& codes) {
        std::string text = R"({"coding":[)";
        for (const std::string& code : codes) text += (text.ends_with('[') ? "" : ",") + (R"({"system":"http://l","code":")" + code + "\"}");
        return text + "]}";
    }
    static std::string at(const std::string& time) { return R"("effectiveDateTime":")" + time + "\""; }
    std::vector<std::string> last(Pairs asked, std::string_view body = "") {
        const auto response = ask(std::move(asked), body);
        REQUIRE_MESSAGE(response, response.fault().text);
        const fhir::Document bundle = read(response->text());
        std::vector<std::string> ids;
        for (const fhir::View entry : bundle.root().children("entry"_name)) ids.emplace_back(entry.child("resource"_name).text("id"_name));
        return ids;
    }
    base::Result<Response> ask(Pairs asked, std::string_view body = "") {
        return operate("lastn", "Observation", "", std::move(asked), body);
    }
};

using Ids = std::vector<std::string>;

}  // namespace

TEST_SUITE("interaction/operation/lastn") {
    TEST_CASE("of each code the newest, newest first") {
        Lab lab;
        lab.observe("a1", Lab::coded({"a"}), Lab::at("2020-01-01"));
        lab.observe("a3", Lab::coded({"a"}), Lab::at("2022-01-01"));
        lab.observe("a2", Lab::coded({"a"}), Lab::at("2021-01-01"));
        lab.observe("b1", Lab::coded({"b"}), Lab::at("2023-01-01"));
        lab.observe("other", Lab::coded({"a"}), Lab::at("2024-01-01"), "q");
        CHECK(lab.last({{"patient", "p"}}) == Ids{"b1", "a3"});
        CHECK(lab.last({{"subject", "Patient/p"}, {"max", "2"}}) == Ids{"b1", "a3", "a2"});
        CHECK(lab.last({{"patient", "p"}, {"code", "http://l|a"}, {"max", "9"}}) == Ids{"a3", "a2", "a1"});
        CHECK(lab.last({{"patient", "p"}, {"category", "lab"}, {"date", "lt2021"}}) == Ids{"a1"});
        CHECK(lab.last({{"patient", "nobody"}}).empty());
        CHECK(lab.last({}, R"({"resourceType":"Parameters","parameter":[{"name":"patient","valueString":"p"},{"name":"max","valuePositiveInt":2}]})") ==
              Ids{"b1", "a3", "a2"});
    }
    TEST_CASE("codes that share a coding are one, also through a third; texts are codes where there is no other") {
        Lab lab;
        lab.observe("a", Lab::coded({"a"}), Lab::at("2020-01-01"));
        lab.observe("c", Lab::coded({"c"}), Lab::at("2020-01-02"));
        lab.observe("ac", Lab::coded({"a", "c"}), Lab::at("2019-01-01"));
        lab.observe("b", Lab::coded({"b"}), Lab::at("2018-01-01"));
        lab.observe("t1", R"({"text":"Text"})", Lab::at("2017-01-01"));
        lab.observe("t2", R"({"text":"text"})", Lab::at("2017-02-01"));
        lab.observe("t3", R"({"text":"text"})", Lab::at("2017-03-01"));
        CHECK(lab.last({{"patient", "p"}}) == Ids{"c", "b", "t3", "t1"});
    }
    TEST_CASE("what is as new as the last one comes too") {
        Lab lab;
        for (const char* id : {"x", "y"}) lab.observe(id, Lab::coded({"a"}), Lab::at("2020-01-01T10:00:00Z"));
        lab.observe("same", Lab::coded({"a"}), Lab::at("2020-01-01T11:00:00+01:00"));
        lab.observe("old", Lab::coded({"a"}), Lab::at("2019"));
        CHECK(lab.last({{"patient", "p"}}) == Ids{"x", "y", "same"});
        CHECK(lab.last({{"patient", "p"}, {"max", "3"}}) == Ids{"x", "y", "same"});
    }
    TEST_CASE("periods count by their end, instants and timings by themselves, and what has no time comes last") {
        Lab lab;
        lab.observe("none", Lab::coded({"a"}), "");
        lab.observe("none2", Lab::coded({"a"}), "");
        lab.observe("period", Lab::coded({"a"}), R"("effectivePeriod":{"start":"2018-01-01","end":"2021-01-01"})");
        lab.observe("instant", Lab::coded({"a"}), R"("effectiveInstant":"2020-06-01T00:00:00Z")");
        lab.observe("timing", Lab::coded({"a"}), R"("effectiveTiming":{"event":["2019-01-01","2022-01-01"]})");
        CHECK(lab.last({{"patient", "p"}, {"max", "4"}}) == Ids{"timing", "period", "instant", "none"});
    }
    TEST_CASE("what is wrong is said") {
        Lab lab;
        for (const Pairs& wrong : {Pairs{}, Pairs{{"code", "a"}}, Pairs{{"patient", "p"}, {"max", "0"}}, Pairs{{"patient", "p"}, {"max", "x"}},
                                   Pairs{{"patient", "p"}, {"nonsense", "x"}}, Pairs{{"patient", "p"}, {"_count", "2"}}, Pairs{{"patient", "p"}, {"_sort", "date"}}}) {
            const auto response = lab.ask(wrong);
            REQUIRE_FALSE(response);
            CHECK(response.fault().kind == base::Fault::Kind::malformed);
        }
    }
    TEST_CASE("what is out of reach does not count") {
        Lab lab;
        lab.observe("a", Lab::coded({"a"}), Lab::at("2020-01-01"));
        auto plan = std::make_shared<permission::Plan>();
        plan->search.allow("Patient");
        lab.plan = plan;
        CHECK(lab.last({{"patient", "p"}}).empty());
    }
}
