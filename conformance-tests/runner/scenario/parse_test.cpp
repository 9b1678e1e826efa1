// SPDX-License-Identifier: Apache-2.0
#include "runner/scenario/parse.h"

#include <doctest/doctest.h>

using namespace runner::scenario;

namespace {

Scenario good(std::string_view text) {
    auto read = parse(text, "x.scenario");
    REQUIRE_MESSAGE(read, read.fault().text);
    return *std::move(read);
}

std::string wrong(std::string_view text) {
    const auto read = parse(text, "x.scenario");
    REQUIRE_FALSE(read);
    CHECK(read.fault().kind == base::Fault::Kind::malformed);
    return read.fault().text;
}

}  // namespace

TEST_SUITE("runner/scenario/parse") {
    TEST_CASE("requests, bodies, statuses and assertions, with a title and what it rests on") {
        const Scenario read = good("# A name search finds prefixes.\n# FHIR R4 3.1.1.4.8\n\nPUT /Patient/p1\nIf-Match: W/\"1\"\n{ \"resourceType\":\n\n  \"Patient\" }\n"
                                   "---- 200,201\nGET /Patient?name=ang\n---- 2xx\ntotal = 1\nentry.resource.where(active)\n  .exists()\n");
        CHECK(read.title == "A name search finds prefixes.");
        CHECK(read.requirement == "FHIR R4 3.1.1.4.8");
        REQUIRE(read.tests.size() == 1);
        CHECK(read.tests[0].title == read.title);
        CHECK(read.setup.steps.empty());
        const auto& steps = read.tests[0].steps;
        REQUIRE(steps.size() == 2);
        CHECK(steps[0].request.method == "PUT");
        CHECK(steps[0].request.url == "/Patient/p1");
        REQUIRE(steps[0].request.fields.size() == 1);
        CHECK(steps[0].request.fields[0].value == "W/\"1\"");
        CHECK(steps[0].request.body == "{ \"resourceType\":\n\n  \"Patient\" }");
        CHECK(steps[0].expected == "200,201");
        CHECK(steps[1].request.body.empty());
        REQUIRE(steps[1].checks.size() == 2);
        CHECK(steps[1].checks[0].subject == "total = 1");
        CHECK(steps[1].checks[0].line == 12);
        CHECK(steps[1].checks[1].subject == "entry.resource.where(active) .exists()");
    }

    TEST_CASE("tests have titles; what stands before the first is the setup") {
        const Scenario read = good("# t\nGET /a\n---- 200\ntest \"one\"\nrequirement R 1\nGET /b\n---- any\ntest \"two\"\nGET /c\n---- 404\ncleanup\nremove /Patient?x=1\n");
        CHECK(read.setup.steps.size() == 1);
        REQUIRE(read.tests.size() == 2);
        CHECK(read.tests[0].title == "one");
        CHECK(read.tests[0].requirement == "R 1");
        CHECK(read.tests[1].steps[0].request.url == "/c");
        REQUIRE(read.cleanup.steps.size() == 1);
        CHECK(read.cleanup.steps[0].kind == Step::Kind::remove);
    }

    TEST_CASE("a table gives its columns to the steps below it") {
        const Scenario read = good("test \"x ${q}\"\neach | q        | found |\n     | a=b\\|c | p1 p2 |\n     |          | -     |\nGET /Patient?${q}\n---- 200\n");
        const Section& test = read.tests[0];
        CHECK(test.columns == std::vector<std::string>{"q", "found"});
        REQUIRE(test.rows.size() == 2);
        CHECK(test.rows[0] == std::vector<std::string>{"a=b|c", "p1 p2"});
        CHECK(test.rows[1] == std::vector<std::string>{"", "-"});
    }

    TEST_CASE("headers, the body and variables are asked for in words") {
        const Scenario read = good("GET /a\n---- 200\nheader ETag = W/\"1\"\nheader Location matches /_history/\nabsent header X\nshould header Y exists\nbody contains x y\n"
                                   "let id = Patient.id\nlet where = header Location take Patient/(.+)\nvalid\nvalid against http://x\n");
        const auto& checks = read.tests[0].steps[0].checks;
        REQUIRE(checks.size() == 9);
        CHECK(checks[0].about == Check::About::header);
        CHECK(checks[0].how == Check::How::equals);
        CHECK(checks[0].wanted == "W/\"1\"");
        CHECK(checks[1].how == Check::How::matches);
        CHECK(checks[2].how == Check::How::absent);
        CHECK(checks[3].recommended);
        CHECK(checks[3].how == Check::How::present);
        CHECK(checks[4].about == Check::About::body);
        CHECK(checks[4].wanted == "x y");
        CHECK(checks[5].how == Check::How::keep);
        CHECK(checks[5].name == "id");
        CHECK(checks[6].about == Check::About::header);
        CHECK(checks[6].wanted == "Patient/(.+)");
        CHECK(checks[7].about == Check::About::valid);
        CHECK(checks[8].subject == "http://x");
    }

    TEST_CASE("messages go over MLLP, records over ASTM, and fields of the answer are asked for") {
        const Scenario read = good("send mllp\nMSH|^~\\&|A\nPID|1\nexpect ack AA,CA\nMSA-2 = 1\nERR-3.1 absent\nsend astm\nH|\\^&\nL|1|N\nexpect ack\n");
        const auto& steps = read.tests[0].steps;
        REQUIRE(steps.size() == 2);
        CHECK(steps[0].kind == Step::Kind::mllp);
        CHECK(steps[0].request.body == "MSH|^~\\&|A\rPID|1\r");
        CHECK(steps[0].expected == "AA,CA");
        REQUIRE(steps[0].checks.size() == 2);
        CHECK(steps[0].checks[0].about == Check::About::field);
        CHECK(steps[0].checks[0].subject == "MSA-2");
        CHECK(steps[1].kind == Step::Kind::astm);
        CHECK(steps[1].request.body == "H|\\^&\rL|1|N\r");
    }

    TEST_CASE("conditions and waiting") {
        const Scenario read = good("only when rest.exists()\nwait until GET /Patient?a=b total = 1 within 5 s\n");
        const auto& steps = read.tests[0].steps;
        REQUIRE(steps.size() == 2);
        CHECK(steps[0].kind == Step::Kind::only);
        CHECK(steps[0].expression == "rest.exists()");
        CHECK(steps[1].kind == Step::Kind::wait);
        CHECK(steps[1].request.url == "/Patient?a=b");
        CHECK(steps[1].expression == "total = 1");
        CHECK(steps[1].within == std::chrono::seconds(5));
    }

    TEST_CASE("a form may follow its headers behind an empty line") {
        const Scenario read = good("POST /Patient/_search\nContent-Type: application/x-www-form-urlencoded\n\nname=a: b\n---- 200\n");
        CHECK(read.tests[0].steps[0].request.fields.size() == 1);
        CHECK(read.tests[0].steps[0].request.body == "name=a: b");
    }

    TEST_CASE("a slip is told with its file and line") {
        CHECK(wrong("# t\n\nGET /a\n---- 200\ntotal = = 1\n").starts_with("x.scenario:5: "));
        CHECK(wrong("GET /a\n{}\n").starts_with("x.scenario:1: a request without"));
        CHECK(wrong("GET /a\n---- ok\n").starts_with("x.scenario:2: "));
        CHECK(wrong("nonsense\n").starts_with("x.scenario:1: this is no step"));
        CHECK(wrong("test \"t\"\neach | a | b |\n     | 1 |\nGET /a\n---- 200\n").starts_with("x.scenario:3: "));
        CHECK(wrong("send mllp\nMSH|\n").starts_with("x.scenario:1: a message without"));
        CHECK(wrong("test \"empty\"\n").starts_with("x.scenario:1: a test without steps"));
        CHECK(wrong("GET /a\n---- 200\nheader X resembles y\n").starts_with("x.scenario:3: "));
        CHECK(wrong("GET /a\n---- 200\nlet a b = 1\n").starts_with("x.scenario:3: "));
        CHECK(wrong("send mllp\nMSH|\nexpect ack AA\nNOTHING = 1\n").starts_with("x.scenario:4: "));
        CHECK(wrong("wait until GET /a total = 1\n").starts_with("x.scenario:1: "));
        CHECK(wrong("") == "x.scenario:1: a test without steps");
        CHECK(wrong("GET /a\n\nGET /b\n---- 200\n") == "x.scenario:1: a request without \"---- status\" behind it, before the next one");
        CHECK(wrong("GET /a\n---- 200\nshuold total = 1\n").ends_with(": shuold total = 1"));
        CHECK(wrong("test \"t\"\neach | a | a |\n     | 1 | 2 |\nGET /a\n---- 200\n") == "x.scenario:2: the table has two columns a");
        CHECK(wrong("test \"t\"\nGET /a\n---- 200\nsetup\nGET /b\n---- 200\n") == "x.scenario:4: setup stands before the tests");
        CHECK(wrong("send mllp\nMSH|\nexpect ack OK\n").starts_with("x.scenario:3: expect ack AA"));
    }

    TEST_CASE("a variable that has no value by then is found before anything runs, with its line") {
        CHECK(wrong("GET /a?x=${nobody}\n---- 200\n") == "x.scenario:1: there is no variable nobody");
        CHECK(wrong("GET /a\n---- 200\n\ntotal = ${late}\nlet late = id\n") == "x.scenario:4: there is no variable late");
        CHECK(wrong("GET /a\n---- 200\nname = '${run'\n") == "x.scenario:3: a ${ without its }");
        CHECK(wrong("GET /a\n---- 200\nlet run = id\n").starts_with("x.scenario:3: ${run} is there already"));
        CHECK(wrong("test \"a\"\nGET /a\n---- 200\nlet x = id\ntest \"b\"\nGET /${x}\n---- 200\n") == "x.scenario:6: there is no variable x");
        good("GET /a\n---- 200\nlet x = id\ntest \"b ${c}\"\neach | c |\n | ${run}${x} |\nGET /${x}?${c:url}&${base}&${format}\n---- 200\ncleanup\nGET /${x}\n---- 200\n");
        good("\xEF\xBB\xBF# t\nGET /a\n---- 200\n");
    }
}
