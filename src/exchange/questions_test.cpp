// SPDX-License-Identifier: Apache-2.0
#include "exchange/questions.h"

#include "exchange/testing.h"
#include "fhir/codec/json.h"
#include "interaction/dispatch.h"

#include <doctest/doctest.h>

namespace {

struct World : exchange::testing::World {
    void person(const std::string& id, const std::string& more = "") {
        interaction::Request request;
        request.plan = permission::unlimited();
        request.verb = interaction::Verb::update;
        request.type = "Patient";
        request.id = id;
        auto body = fhir::codec::read_json(R"({"resourceType":"Patient","id":")" + id + R"(","name":[{"family":"Ng"}])" + more + "}", schema.names());
        REQUIRE(body);
        request.body.emplace(*std::move(body));
        REQUIRE(interaction::dispatch(request, context));
    }
    // The ids that are told, then "more" and the total.
    std::string found(int from, int count, std::vector<std::pair<std::string, std::string>> criteria = {{"family", "ng"}, {"_sort", "_id"}}) {
        const auto answer = exchange::find({"Patient", std::move(criteria), from, count}, permission::unlimited(), context);
        if (!answer) return answer.fault().text;
        std::string all;
        for (const fhir::Document& one : answer->hits) all += std::string(one.root().child("id").text()) + " ";
        return all + (answer->more ? "more " : "") + std::to_string(answer->total);
    }
};

}  // namespace

TEST_SUITE("exchange/questions") {
    TEST_CASE("hits are told a part at a time; a record that was merged into another is none") {
        World world;
        for (const char* id : {"a", "b", "c", "d"}) world.person(id);
        world.person("bb", R"(,"link":[{"other":{"reference":"Patient/a"},"type":"replaced-by"}])");
        CHECK(world.found(0, 10) == "a b c d 4");
        CHECK(world.found(0, 2) == "a b more 4");
        CHECK(world.found(2, 2) == "c d 4");
        CHECK(world.found(4, 2) == "4");
        CHECK(world.found(0, 1) == "a more -1");
        CHECK(world.found(0, 0) == "more -1");
    }
    TEST_CASE("a question is continued up to a bound, and what search refuses is refused") {
        World world;
        world.person("a");
        CHECK(world.found(exchange::most_hits - 1, 10) == "1");
        CHECK(world.found(exchange::most_hits, 1).find("ask a narrower one") != std::string::npos);
        CHECK(world.found(-1, 1).find("ask a narrower one") != std::string::npos);
        CHECK(world.found(0, 1, {{"familie", "ng"}}).find("familie") != std::string::npos);
    }
}
