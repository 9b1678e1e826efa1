// SPDX-License-Identifier: Apache-2.0
#include "runner/judge.h"

#include "runner/client.h"
#include "runner/outcome.h"
#include "runner/testing.h"

#include <doctest/doctest.h>

using namespace runner;

TEST_SUITE("runner/judge") {
    TEST_CASE("FHIRPath is asked of what a server sent, with variables as strings") {
        const Judge judge(testing::knowledge(), testing::clock());
        const auto read = judge.knowledge().read(R"({"resourceType":"Patient","id":"p1","active":true,"name":[{"family":"Ng"},{"family":"Oh"}]})");
        REQUIRE(read);
        const fhir::View patient = read->root();
        CHECK(*judge.holds(patient, "name.count() = 2 and id = %wanted", {{"wanted", "p1"}}));
        CHECK_FALSE(*judge.holds(patient, "name.family = 'Oh'"));
        CHECK_FALSE(*judge.holds(patient, "telecom"));
        CHECK_FALSE(judge.holds(patient, "name.("));
        CHECK(*judge.values(patient, "name.family") == std::vector<std::string>{"Ng", "Oh"});
        // A slip of the pen is not the absence that was asked for.
        CHECK(judge.holds(patient, "Patient.nmae.empty()").fault().text == "R4 has no element nmae");
        CHECK_FALSE(judge.values(patient, "Patient.nmae"));
        CHECK(*judge.holds(patient, "Patient.deceased.empty() and name.all($this is HumanName) and active is System.Boolean = false and contained.ofType(Organization).empty()"));
        CHECK(*judge.holds(patient, "id.type().namespace = 'FHIR' and Patient.`name`.exists() and extension('x').value.ofType(Quantity).empty()"));
        CHECK(*judge.values(patient, "name.first()") == std::vector<std::string>{R"({"family":"Ng"})"});
    }

    TEST_CASE("a profile that is not known is said, and what is wrong against one that is") {
        const Judge judge(testing::knowledge(), testing::clock());
        const auto read = judge.knowledge().read(R"(<Observation xmlns="http://hl7.org/fhir"><code><text value="x"/></code></Observation>)");
        REQUIRE(read);
        CHECK(judge.errors(read->root(), "http://example.org/none").fault().kind == base::Fault::Kind::missing);
        const auto wrong = judge.errors(read->root(), "");
        REQUIRE(wrong);
        REQUIRE(wrong->size() == 1);
        CHECK(wrong->front().find("status") != std::string::npos);
    }

    TEST_CASE("the worst step decides, and what was skipped beside what passed does not") {
        CHECK(worse(Verdict::skip, Verdict::pass) == Verdict::pass);
        CHECK(worse(Verdict::warning, Verdict::skip) == Verdict::warning);
        CHECK(worse(Verdict::limit, Verdict::skip) == Verdict::limit);
        CHECK(worse(Verdict::fail, Verdict::error) == Verdict::error);
        CHECK(Test{.id = "none"}.verdict() == Verdict::skip);
        const Step passed{.label = "a"}, failed{.label = "b", .verdict = Verdict::fail};
        CHECK(Test{.id = "cut", .steps = {passed}, .cut_short = true}.verdict() == Verdict::skip);
        CHECK(Test{.id = "cut", .steps = {passed, failed}, .cut_short = true}.verdict() == Verdict::fail);
    }

    TEST_CASE("a server that is not there is told by a status of 0") {
        const Target target{.base = "http://127.0.0.1:1/fhir"};
        Client client(target, testing::clock());
        const Exchange exchange = client.ask({.url = "metadata"});
        CHECK(exchange.response.status == 0);
        CHECK(exchange.request.url == "http://127.0.0.1:1/fhir/metadata");
        CHECK_FALSE(exchange.fault.empty());
        CHECK(client.unanswered() == 1);
    }
}
