// SPDX-License-Identifier: Apache-2.0
#include "interaction/testing.h"

using base::Fault;
using interaction::Request;
using interaction::Response;
using interaction::Verb;
using interaction::World;
using Status = interaction::Response::Status;

namespace {

Status status(const base::Result<Response>& result) {
    REQUIRE(result);
    return result->status;
}

// A plan that sees all of those types and nothing else.
permission::Held sees(std::initializer_list<const char*> types) {
    permission::Plan plan;
    for (const char* type : types) {
        plan.read.allow(type);
        plan.search.allow(type);
    }
    return std::make_shared<const permission::Plan>(std::move(plan));
}

std::string binary(std::string_view id, std::string_view security) {
    std::string text = R"({"resourceType":"Binary","id":")" + std::string(id) + R"(","contentType":"text/plain")";
    if (!security.empty()) text += R"(,"securityContext":)" + std::string(security);
    return text + R"(,"data":"aGk="})";
}

}  // namespace

TEST_SUITE("interaction/verb/read") {
    TEST_CASE("who has a version already gets no body, of the resource and of each version") {
        World world;
        REQUIRE(world.put("Patient", "p1", R"({"resourceType":"Patient","id":"p1","active":true})"));
        REQUIRE(world.put("Patient", "p1", R"({"resourceType":"Patient","id":"p1","active":false})"));
        for (const bool alone : {false, true}) {
            Request read = world.request(alone ? Verb::read : Verb::vread, "Patient", "p1");
            read.version = "2";
            for (const char* known : {"W/\"2\"", "\"1\", W/\"2\"", "*", "2"}) {
                read.if_none_match = known;
                const auto got = world.send(read);
                CHECK_MESSAGE(status(got) == Status::not_modified, known);
                CHECK(got->content.empty());
                CHECK(got->version == 2);
                CHECK(got->last_updated != 0);
            }
            read.if_none_match = "W/\"1\"";
            CHECK(status(world.send(read)) == Status::ok);
            read.if_modified_since = world.clock.now() + 10'000'000;
            CHECK(status(world.send(read)) == Status::ok);  // the date does not count beside a version
            read.if_none_match.clear();
            CHECK(status(world.send(read)) == Status::not_modified);
            read.if_modified_since = world.clock.now() - 10'000'000;
            CHECK(status(world.send(read)) == Status::ok);
        }
    }
    TEST_CASE("a condition does not hide that nothing is there") {
        World world;
        Request read = world.request(Verb::read, "Patient", "p1");
        read.if_none_match = "*";
        CHECK(world.send(read).fault().kind == Fault::Kind::missing);
        REQUIRE(world.put("Patient", "p1", R"({"resourceType":"Patient","id":"p1"})"));
        REQUIRE(world.remove("Patient", "p1"));
        CHECK(world.send(read).fault().kind == Fault::Kind::gone);
    }
    TEST_CASE("a history has a tag, and who has it gets no body") {
        World world;
        REQUIRE(world.put("Patient", "p1", R"({"resourceType":"Patient","id":"p1","active":true})"));
        Request history = world.request(Verb::history, "Patient", "p1");
        const auto first = world.send(history);
        REQUIRE(first);
        CHECK_FALSE(first->tag.empty());
        history.if_none_match = "W/\"" + first->tag + "\"";
        CHECK(status(world.send(history)) == Status::not_modified);
        Request other = history;
        other.parameters = {{"_count", "1"}};
        CHECK(status(world.send(other)) == Status::ok);
        REQUIRE(world.put("Patient", "p1", R"({"resourceType":"Patient","id":"p1","active":false})"));
        const auto second = world.send(history);
        CHECK(status(second) == Status::ok);
        CHECK(second->tag != first->tag);
    }
    TEST_CASE("a Binary is seen by who sees its security context") {
        World world;
        REQUIRE(world.put("Patient", "p1", R"({"resourceType":"Patient","id":"p1"})"));
        REQUIRE(world.put("Patient", "gone", R"({"resourceType":"Patient","id":"gone"})"));
        REQUIRE(world.remove("Patient", "gone"));
        REQUIRE(world.put("Binary", "free", binary("free", "")));
        REQUIRE(world.put("Binary", "p", binary("p", R"({"reference":"Patient/p1"})")));
        REQUIRE(world.put("Binary", "own", binary("own", R"({"reference":"http://h/fhir/Patient/p1"})")));
        REQUIRE(world.put("Binary", "chain", binary("chain", R"({"reference":"Binary/p"})")));
        REQUIRE(world.put("Binary", "circle", binary("circle", R"({"reference":"Binary/circle"})")));
        REQUIRE(world.put("Binary", "lost", binary("lost", R"({"reference":"Patient/nobody"})")));
        REQUIRE(world.put("Binary", "dead", binary("dead", R"({"reference":"Patient/gone"})")));
        REQUIRE(world.put("Binary", "far", binary("far", R"({"reference":"http://other/Patient/p1"})")));
        REQUIRE(world.put("Binary", "vague", binary("vague", R"({"display":"somebody"})")));
        const auto seen = [&](const char* id) {
            Request version = world.request(Verb::vread, "Binary", id);
            version.version = "1";
            const bool read = static_cast<bool>(world.get("Binary", id));
            CHECK_MESSAGE(read == static_cast<bool>(world.send(version)), id);
            return read;
        };
        for (const char* id : {"free", "p", "own", "chain", "circle", "lost", "dead", "far", "vague"}) CHECK_MESSAGE(seen(id), id);
        world.plan = sees({"Binary", "Patient"});
        for (const char* id : {"free", "p", "own", "chain"}) CHECK_MESSAGE(seen(id), id);
        for (const char* id : {"circle", "lost", "dead", "far", "vague"}) CHECK_FALSE_MESSAGE(seen(id), id);
        world.plan = sees({"Binary", "Observation"});
        CHECK(seen("free"));
        for (const char* id : {"p", "own", "chain"}) CHECK_FALSE_MESSAGE(seen(id), id);
        CHECK(world.get("Binary", "p").fault().kind == Fault::Kind::missing);
    }
    TEST_CASE("references to any of our bases are to this server") {
        World world;
        world.rules.own_bases = {"http://inside:8080/fhir"};
        for (const char* base : {"http://h/fhir", "http://inside:8080/fhir"}) {
            const auto made = world.post("Observation", std::string(R"({"resourceType":"Observation","status":"final","code":{"text":"c"},"subject":{"reference":")") +
                                                             base + R"(/Patient/p1"}})");
            REQUIRE(made);
            CHECK(made->text().find(R"("reference":"Patient/p1")") != std::string::npos);
            const auto found = world.find("Observation", {{"subject", std::string(base) + "/Patient/p1"}, {"_id", made->id}, {"_summary", "count"}});
            REQUIRE(found);
            CHECK(found->text().find("\"total\":1") != std::string::npos);
        }
    }
}
