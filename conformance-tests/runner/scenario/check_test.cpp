// SPDX-License-Identifier: Apache-2.0
#include "runner/scenario/check.h"

#include "hl7v2/parse.h"
#include "runner/scenario/lines.h"
#include "runner/testing.h"

#include <doctest/doctest.h>

using namespace runner;

namespace {

const Judge& the_judge() {
    static const Judge judge(testing::knowledge(), testing::clock());
    return judge;
}

Response response(std::string body) {
    return {.status = 200, .fields = {{"ETag", "W/\"2\""}, {"Location", "http://h/fhir/Patient/p1/_history/2"}}, .body = std::move(body)};
}

struct Told {
    Verdict verdict;
    std::string message;
};

Told told(const std::string& line, const scenario::Answer& answer, Variables& variables) {
    const auto check = scenario::check_line(line, answer.message.has_value());
    REQUIRE_MESSAGE(check, check.fault().text);
    const Step step = scenario::judge(*check, answer, variables, the_judge());
    return {step.verdict, step.message};
}

Told told(const std::string& line, const scenario::Answer& answer) {
    Variables variables{{"id", "p1"}};
    return told(line, answer, variables);
}

}  // namespace

TEST_SUITE("runner/scenario/check") {
    TEST_CASE("what is so passes") {
        const auto answer = scenario::read_answer(response(R"({"resourceType":"Patient","id":"p1","name":[{"family":"Ng"}]})"), testing::knowledge());
        for (const std::string line : {"Patient.id = '${id}'", "id = %id", "name.family = 'Ng' and id = 'p1'", "header ETag = W/\"2\"", "header etag matches ^W/\"\\d+\"$",
                                       "absent header X-Nothing", "header Location contains /Patient/", "body contains \"family\"", "valid", "should active"}) {
            CAPTURE(line);
            CHECK(told(line, answer).verdict == (line == "should active" ? Verdict::warning : Verdict::pass));
        }
    }

    TEST_CASE("what is not so is told with what stood there instead") {
        const auto answer = scenario::read_answer(response(R"({"resourceType":"Bundle","type":"searchset","total":3,"entry":[{"resource":{"resourceType":"Patient","id":"p1"}}]})"), testing::knowledge());
        CHECK(told("total = 1", answer).message == "total is 3");
        CHECK(told("type = 'searchset' and entry.count() > 5", answer).message == "entry.count() is 1");
        CHECK(told("entry.resource.id = 'x'", answer).message == "entry.resource.id is p1");
        CHECK(told("link.exists()", answer).message == "link.exists() is false");
        CHECK(told("id = 'x'", answer).message == "id is empty");
        CHECK(told("header ETag = W/\"1\"", answer).message == "is W/\"2\"");
        CHECK(told("header X-Nothing exists", answer).message == "is absent");
        CHECK(told("body absent", answer).verdict == Verdict::fail);
        CHECK(told("total = 1", answer).verdict == Verdict::fail);
        CHECK(told("valid", answer).verdict == Verdict::fail);
    }

    TEST_CASE("an expression that cannot be run is the test's error, a body that is no resource the server's") {
        const auto answer = scenario::read_answer(response("<html></html>"), testing::knowledge());
        CHECK(told("total = 1", answer).verdict == Verdict::fail);
        const auto patient = scenario::read_answer(response(R"({"resourceType":"Patient"})"), testing::knowledge());
        CHECK(told("name.nothing(1)", patient).verdict == Verdict::error);
        CHECK(told("id = '${nobody}'", patient).verdict == Verdict::error);
    }

    TEST_CASE("what the server complains about is told beside it") {
        const auto answer = scenario::read_answer(response(R"({"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid","diagnostics":"No."}]})"), testing::knowledge());
        CHECK(told("total = 1", answer).message == "total is empty; the server says invalid: No.");
    }

    TEST_CASE("values are kept of resources and headers") {
        const auto answer = scenario::read_answer(response(R"({"resourceType":"Patient","id":"p1","name":[{"given":["A","B"]}]})"), testing::knowledge());
        Variables variables;
        CHECK(told("let a = id", answer, variables).verdict == Verdict::pass);
        CHECK(told("let b = header Location take Patient/([^/]+)", answer, variables).verdict == Verdict::pass);
        CHECK(told("let c = header ETag", answer, variables).verdict == Verdict::pass);
        CHECK(variables == Variables{{"a", "p1"}, {"b", "p1"}, {"c", "W/\"2\""}});
        CHECK(told("let d = name.given", answer, variables).message == "gives A, B");
        CHECK(told("let e = header Location take Group/(.+)", answer, variables).verdict == Verdict::fail);
    }

    TEST_CASE("fields of a message are asked for by their place") {
        scenario::Answer answer;
        auto message = hl7v2::parse("MSH|^~\\&|A|B|C|D|20260101||ACK^A01|1|P|2.5.1\rMSA|AA|123\rERR||PID^1^3|204^Unknown^HL70357|E\r");
        REQUIRE(message);
        answer.message.emplace(*std::move(message));
        CHECK(told("MSA-2 = 123", answer).verdict == Verdict::pass);
        CHECK(told("ERR-3.1 exists", answer).verdict == Verdict::pass);
        CHECK(told("ERR exists", answer).verdict == Verdict::pass);
        CHECK(told("PID absent", answer).verdict == Verdict::pass);
        CHECK(told("ERR[2] exists", answer).message == "is absent");
        CHECK(told("MSA-3 absent", answer).verdict == Verdict::pass);
        CHECK(told("MSA-1 != AA", answer).message == "is AA");
    }

    TEST_CASE("statuses come as lists and classes") {
        CHECK(scenario::is_expected(201, "200,201"));
        CHECK(scenario::is_expected(404, "4xx"));
        CHECK(scenario::is_expected(503, "any"));
        CHECK_FALSE(scenario::is_expected(0, "any"));
        CHECK_FALSE(scenario::is_expected(500, "2xx, 404"));
    }
}
