// SPDX-License-Identifier: Apache-2.0
#include "interaction/testing.h"

using namespace interaction;

TEST_SUITE("interaction/verb/entry") {
    TEST_CASE("what the reads of a bundle give together has a bound") {
        World world;
        REQUIRE(world.put("Patient", "p1", R"({"resourceType":"Patient","id":"p1"})"));
        const std::string two = R"({"resourceType":"Bundle","type":"batch","entry":[
            {"request":{"method":"GET","url":"Patient/p1"}},{"request":{"method":"GET","url":"Patient/p1"}}]})";
        const auto whole = world.bundle(two);
        REQUIRE(whole);
        CHECK(whole->text().find("too-costly") == std::string::npos);
        world.rules.most_answer = world.get("Patient", "p1")->size();
        const auto part = world.bundle(two);
        REQUIRE(part);
        const fhir::Document answer = world.read(part->text());
        CHECK(nth(answer.root(), "entry", 0).child("resource").child("id").text() == "p1");
        CHECK(nth(answer.root(), "entry", 1).child("response").child("status").text().substr(0, 1) == "4");
        CHECK(part->text().find("too-costly") != std::string::npos);
    }
    TEST_CASE("criteria that match nothing do not replace what they do not describe") {
        World world;
        REQUIRE(world.put("Patient", "p1", R"({"resourceType":"Patient","id":"p1","active":true})"));
        Request request = world.request(Verb::update, "Patient", "", R"({"resourceType":"Patient","id":"p1","active":false})");
        request.parameters = {{"name", "nobody"}};
        const auto refused = world.send(request);
        REQUIRE_FALSE(refused);
        CHECK(refused.fault().kind == base::Fault::Kind::conflict);
        Request created = world.request(Verb::update, "Patient", "", R"({"resourceType":"Patient","id":"p2","active":false})");
        created.parameters = {{"name", "nobody"}};
        CHECK(world.send(created)->status == Response::Status::created);
    }
}
