// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/graphql.h"

#include "fhir/patch/json_value.h"
#include "interaction/operation/graphql_cursor.h"
#include "interaction/testing.h"
#include "interaction/testing_plan.h"

TEST_SUITE_BEGIN("interaction/operation/graphql");

namespace interaction {
namespace {

struct Graph : World {
    Graph() {
        for (const char* id : {"a", "b", "c"})
            REQUIRE(put("Patient", id, std::string(R"({"resourceType":"Patient","id":")") + id + R"(","active":true,"generalPractitioner":[{"reference":"Practitioner/p"}]})"));
        REQUIRE(put("Practitioner", "p", R"({"resourceType":"Practitioner","id":"p","gender":"female"})"));
        for (const char* id : {"1", "2", "3"})
            REQUIRE(put("Observation", id, std::string(R"({"resourceType":"Observation","id":")") + id + R"(","status":"final","code":{"text":"x"},)" +
                                               R"("valueQuantity":{"value":1.50},"subject":{"reference":"Patient/a"}})"));
    }

    base::Result<Response> query(std::string_view text, std::string type = "", std::string id = "") {
        Request made = request(Verb::operation, std::move(type), std::move(id));
        made.operation = "graphql";
        made.source = text;
        made.source_type = "application/graphql";
        return send(made);
    }
    std::string of(std::string_view text, std::string type = "", std::string id = "") {
        const auto answer = query(text, std::move(type), std::move(id));
        REQUIRE_MESSAGE(answer, (answer ? "" : answer.fault().text));
        CHECK(answer->media_type == "application/json");
        return answer->text();
    }
    // One member of what a connection says.
    std::string member(const std::string& answer, std::string_view connection, std::string_view name) {
        auto json = fhir::patch::read_value(answer);
        REQUIRE_MESSAGE(json, answer);
        auto* page = json->member("data") == nullptr ? nullptr : json->member("data")->member(connection);
        REQUIRE_MESSAGE(page != nullptr, answer);
        const auto* found = page->member(name);
        return found == nullptr ? "" : found->text;
    }
};

TEST_CASE("the system and a resource are asked") {
    Graph world;
    CHECK(world.of("{ Patient(id: a) { id generalPractitioner { resource { ...on Practitioner { gender } } } } }") ==
          R"({"data":{"Patient":{"id":"a","generalPractitioner":[{"resource":{"gender":"female"}}]}}})");
    CHECK(world.of("{ active ObservationList(_reference: subject, _sort: \"_id\") { id valueQuantity { value } } }", "Patient", "a") ==
          R"({"data":{"active":true,"ObservationList":[{"id":"1","valueQuantity":{"value":1.50}},{"id":"2","valueQuantity":{"value":1.50}},{"id":"3","valueQuantity":{"value":1.50}}]}})");
    CHECK(world.of("{ ObservationList(_reference: patient) { id } }", "Patient", "b") == R"({"data":{"ObservationList":[]}})");
    CHECK(world.of("{ PatientList(general_practitioner: \"Practitioner/p\", _id: [a, c]) { id } }") == R"({"data":{"PatientList":[{"id":"a"},{"id":"c"}]}})");
    const auto nobody = world.query("{ id }", "Patient", "z");
    REQUIRE_FALSE(nobody);
    CHECK(nobody.fault().kind == base::Fault::Kind::missing);
}

TEST_CASE("the question comes in four ways") {
    Graph world;
    const std::string wanted = R"({"data":{"id":"a"}})";
    Request request = world.request(Verb::operation, "Patient", "a");
    request.operation = "graphql";
    request.parameters = {{"query", "query A($i: Boolean) { id @include(if: $i) } query B { active }"}, {"variables", R"({"i":true})"}, {"operationName", "A"}};
    auto answer = world.send(request);
    REQUIRE(answer);
    CHECK(answer->text() == wanted);

    request.parameters.clear();
    request.source_type = "application/json";
    request.source = R"({"query":"query A($i: Boolean) { id @include(if: $i) } query B { active }","variables":{"i":true},"operationName":"A","extensions":{}})";
    answer = world.send(request);
    REQUIRE(answer);
    CHECK(answer->text() == wanted);

    request.source_type = "application/fhir+json";
    request.source = R"({"resourceType":"Parameters","parameter":[{"name":"query","valueString":"{ id }"}]})";
    answer = world.send(request);
    REQUIRE(answer);
    CHECK(answer->text() == wanted);

    for (const auto& [type, body] : std::vector<std::pair<std::string, std::string>>{
             {"application/json", "[1]"}, {"application/json", R"({"query":1})"}, {"application/json", "{"}, {"application/json", "{}"},
             {"application/json", R"({"query":"{ id }","variables":"{}"})"}, {"text/plain", "{ id }"}, {"", ""}}) {
        request.source_type = type;
        request.source = body;
        CHECK_FALSE(world.send(request));
    }
}

TEST_CASE("what is wrong is told in GraphQL's way, with the status of the failure") {
    Graph world;
    const auto answer = world.query("{\n  nothing\n}", "Patient", "a");
    REQUIRE(answer);
    CHECK(answer->failed == base::Fault::Kind::malformed);
    const std::string text = answer->text();
    CHECK(text.starts_with(R"({"data":null,"errors":[{"message":"Patient has no field nothing","locations":[{"line":2,"column":3}],"extensions":{"resource":{"resourceType":"OperationOutcome")"));
    REQUIRE(fhir::patch::read_value(text));
    for (const char* query : {"mutation { PatientDelete(id: a) { id } }", "subscription { id }", "{ id", "query A { id } query B { id }", "fragment F on Patient { id }"}) {
        const auto refused = world.query(query, "Patient", "a");
        REQUIRE(refused);
        CHECK_MESSAGE(refused->failed, query);
    }
    for (const char* query : {"{ PatientList(nothing: a) { id } }", "{ PatientList(_include: \"Patient:organization\") { id } }", "{ PatientList(_summary: count) { id } }"}) {
        const auto refused = world.query(query);
        REQUIRE(refused);
        CHECK_MESSAGE(refused->failed == base::Fault::Kind::malformed, query);
    }
    CHECK(world.query("{ ObservationList(_reference: code) { id } }", "Patient", "a")->failed == base::Fault::Kind::malformed);
}

TEST_CASE("a list is all of it or an error; a connection has pages") {
    Graph world;
    world.rules.most_count = 2;
    const auto refused = world.query("{ PatientList { id } }");
    REQUIRE(refused);
    CHECK(refused->failed == base::Fault::Kind::too_costly);
    CHECK(world.of("{ PatientList(_count: 1) { id } }") == R"({"data":{"PatientList":[{"id":"a"}]}})");

    const std::string first = world.of("{ PatientConnection(_count: 2, active: true) { count offset pagesize edges { mode resource { id } } first previous next last } }");
    CHECK(first.starts_with(R"({"data":{"PatientConnection":{"count":3,"offset":0,"pagesize":2,"edges":[{"mode":"match","resource":{"id":"a"}},{"mode":"match","resource":{"id":"b"}}],"first")"));
    CHECK(world.member(first, "PatientConnection", "previous").empty());
    const auto at = [&](const std::string& cursor) {
        return world.of("{ PatientConnection(_cursor: \"" + cursor + "\") { count offset edges { resource { id } } previous next last } }");
    };
    const std::string second = at(world.member(first, "PatientConnection", "next"));
    CHECK(second.starts_with(R"({"data":{"PatientConnection":{"count":3,"offset":2,"edges":[{"resource":{"id":"c"}}],"previous")"));
    CHECK(world.member(second, "PatientConnection", "next").empty());
    const std::string back = at(world.member(second, "PatientConnection", "previous"));
    CHECK(back.starts_with(R"({"data":{"PatientConnection":{"count":3,"offset":0,"edges":[{"resource":{"id":"a"}},{"resource":{"id":"b"}}])"));
    CHECK(at(world.member(second, "PatientConnection", "last")).starts_with(R"({"data":{"PatientConnection":{"count":3,"offset":1,"edges":[{"resource":{"id":"b"}},{"resource":{"id":"c"}}])"));
}

TEST_CASE("a cursor serves its own question on the server that made it") {
    Graph world;
    const std::string first = world.of("{ PatientConnection(_count: 1) { next } }");
    std::string cursor = world.member(first, "PatientConnection", "next");
    REQUIRE_FALSE(cursor.empty());
    CHECK(world.query("{ PatientConnection(_cursor: \"" + cursor + "\", _count: 1) { count } }")->failed == std::nullopt);
    CHECK(world.query("{ PatientConnection(_cursor: \"" + cursor + "\", active: false) { count } }")->failed);
    CHECK(world.query("{ ObservationConnection(_cursor: \"" + cursor + "\") { count } }")->failed);
    cursor.back() = cursor.back() == '0' ? '1' : '0';
    CHECK(world.query("{ PatientConnection(_cursor: \"" + cursor + "\") { count } }")->failed);
    Request asking;
    asking.plan = narrow({}, "somebody");
    CHECK_FALSE(open_graphql_cursor("", asking, "key"));
    CHECK_FALSE(open_graphql_cursor(".%zz", asking, "key"));
    const GraphqlCursor plain{"Patient", {{"name", "a#b&c?d"}}, "x.y", 7, true, 12};
    const auto opened = open_graphql_cursor(seal_graphql_cursor(plain, asking, "key"), asking, "key");
    REQUIRE(opened);
    CHECK(opened->type == plain.type);
    CHECK(opened->parameters == plain.parameters);
    CHECK(opened->after == plain.after);
    CHECK(opened->backwards);
    CHECK(opened->offset == 12);
    CHECK_FALSE(open_graphql_cursor(seal_graphql_cursor(plain, asking, "key"), asking, "another key"));
    Request other;
    other.plan = narrow({}, "somebody else");
    CHECK_FALSE(open_graphql_cursor(seal_graphql_cursor(plain, asking, "key"), other, "key"));
}

TEST_CASE("what is out of reach is not there: by id, behind references, in lists and in counts") {
    Graph world;
    fhir::search::Reach reach;
    reach.allow("Patient", criterion("Patient", {"_id", "a"}));
    reach.allow("Observation", criterion("Observation", {"_id", "2"}));
    world.plan = narrow(reach);
    CHECK(world.of("{ Patient(id: a) { id } other: Patient(id: b) { id } Practitioner(id: p) { id } }") ==
          R"({"data":{"Patient":{"id":"a"},"other":null,"Practitioner":null}})");
    CHECK(world.of("{ PatientList { id } PractitionerList { id } PatientConnection { count edges { resource { id } } } }") ==
          R"({"data":{"PatientList":[{"id":"a"}],"PractitionerList":[],"PatientConnection":{"count":1,"edges":[{"resource":{"id":"a"}}]}}})");
    CHECK(world.of("{ generalPractitioner { resource(optional: true) { id } } ObservationList(_reference: subject) { id } }", "Patient", "a") ==
          R"({"data":{"generalPractitioner":[{}],"ObservationList":[{"id":"2"}]}})");
    CHECK(world.query("{ generalPractitioner { resource { id } } }", "Patient", "a")->failed == base::Fault::Kind::invalid);
    REQUIRE_FALSE(world.query("{ id }", "Patient", "b"));
    CHECK(world.query("{ id }", "Patient", "b").fault().kind == base::Fault::Kind::missing);
}

TEST_CASE("found and read are two rights") {
    Graph world;
    fhir::search::Reach reads, finds;
    reads.allow("Practitioner");
    reads.allow("Patient");
    finds.allow("Observation");
    world.plan = std::make_shared<const permission::Plan>(permission::Plan{"x", reads, finds, {}, {}, {}, false});
    CHECK(world.of("{ Observation(id: \"1\") { id } ObservationList(_id: \"1\") { id subject { resource { id } } } PatientList { id } Patient(id: a) { id } }") ==
          R"({"data":{"Observation":null,"ObservationList":[{"id":"1","subject":{"resource":{"id":"a"}}}],"PatientList":[],"Patient":{"id":"a"}}})");
}

TEST_CASE("inside a bundle the answer is a Binary") {
    Graph world;
    const auto answer = world.bundle(R"({"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient/a/$graphql?query={id}"}},)"
                                     R"({"request":{"method":"GET","url":"Patient/a/$graphql?query={x}"}}]})");
    REQUIRE(answer);
    const fhir::Document bundle = world.read(answer->text());
    const fhir::View first = bundle.root().child("entry");
    CHECK(first.child("resource").resource_type() == "Binary");
    CHECK(first.child("resource").child("contentType").text() == "application/json");
    CHECK(first.child("resource").child("data").text() == "eyJkYXRhIjp7ImlkIjoiYSJ9fQ==");
    CHECK(nth(bundle.root(), "entry", 1).child("response").child("status").text() == "400 Bad Request");
}

TEST_CASE("many searches in one question are too costly") {
    Graph world;
    std::string query = "{";
    for (int i = 0; i < 1'100; ++i) query += " a" + std::to_string(i) + ": PatientList(_id: z) { id }";
    const auto answer = world.query(query + "}");
    REQUIRE(answer);
    CHECK(answer->failed == base::Fault::Kind::too_costly);
}

}  // namespace
}  // namespace interaction

TEST_SUITE_END();
