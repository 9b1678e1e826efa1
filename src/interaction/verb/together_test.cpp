// SPDX-License-Identifier: Apache-2.0
// Many clients at once: conditional writes happen exactly once (FHIR R4 3.1.0.8.1, 3.1.0.4.3), over the engine that servers run.

#include "interaction/testing_bundle.h"
#include "interaction/testing_plan.h"

#include <latch>
#include <map>
#include <mutex>
#include <set>
#include <thread>

using base::Fault;
using namespace interaction;

namespace {

constexpr int clients = 64;

struct Told {
    std::map<std::string, int> statuses;  // "201" -> how often
    std::set<std::string> places;
};

// What `ask` is answered when all clients send it at the same time.
template <class Ask>
Told together(World& world, const Ask& ask) {
    Told told;
    std::mutex mutex;
    std::latch all{clients};
    std::vector<std::thread> threads;
    for (int client = 0; client < clients; ++client)
        threads.emplace_back([&, client] {
            const Request request = ask(client);
            all.arrive_and_wait();
            const auto sent = world.send(request);
            const std::lock_guard lock(mutex);
            if (!sent) {
                ++told.statuses[std::string(sent.fault().kind == Fault::Kind::stale ? "412" : sent.fault().text)];
                return;
            }
            using Status = Response::Status;
            ++told.statuses[sent->status == Status::created ? "201" : sent->status == Status::ok ? "200" : "204"];
            if (!sent->id.empty()) told.places.insert(sent->type + "/" + sent->id);
        });
    for (auto& thread : threads) thread.join();
    return told;
}

using Statuses = std::map<std::string, int>;

struct Disk : World {
    Disk() : disk(clock) { elsewhere = disk.engine.get(); }
    OnDisk disk;
};

}  // namespace

TEST_SUITE("interaction/verb/together") {
    TEST_CASE("of 64 conditional creates one creates, and all are told the same place") {
        Disk world;
        for (int round = 0; round < 5; ++round) {
            const std::string number = std::to_string(round);
            const Told told = together(world, [&](int) {
                Request request = world.request(Verb::create, "Organization", "", numbered("Organization", number));
                request.if_none_exist = "identifier=http://s|" + number;
                return request;
            });
            CHECK(told.statuses == Statuses{{"200", clients - 1}, {"201", 1}});
            CHECK(told.places.size() == 1);
        }
        CHECK(world.count("Organization") == 5);
    }
    TEST_CASE("of 64 conditional updates one creates, and the others change the same resource") {
        Disk world;
        for (int round = 0; round < 5; ++round) {
            const std::string number = std::to_string(round);
            const Told told = together(world, [&](int client) {
                Request request = world.request(Verb::update, "Organization", "",
                                                numbered("Organization", number, R"(,"name":"client )" + std::to_string(client) + "\""));
                request.parameters = {{"identifier", "http://s|" + number}};
                return request;
            });
            CHECK(told.statuses == Statuses{{"200", clients - 1}, {"201", 1}});
            REQUIRE(told.places.size() == 1);
            const auto got = world.get("Organization", told.places.begin()->substr(13));
            REQUIRE(got);
            CHECK(got->version == clients);
        }
        CHECK(world.count("Organization") == 5);
    }
    TEST_CASE("of 64 updates with the same If-Match one wins") {
        Disk world;
        REQUIRE(world.put("Patient", "p1", patient("p1")));
        const Told told = together(world, [&](int client) {
            Request request = world.request(Verb::update, "Patient", "p1", patient("p1", R"(,"multipleBirthInteger":)" + std::to_string(client)));
            request.if_match = "W/\"1\"";
            return request;
        });
        CHECK(told.statuses == Statuses{{"200", 1}, {"412", clients - 1}});
    }
    TEST_CASE("64 patches by criteria all count") {
        Disk world;
        REQUIRE(world.post("Patient", numbered("Patient", "7")));
        const Told told = together(world, [&](int client) {
            Request request = world.request(Verb::patch, "Patient");
            request.parameters = {{"identifier", "http://s|7"}};
            request.patch = fhir::patch::Format::json;
            request.source = client == 0 ? R"([{"op":"add","path":"/active","value":true}])"
                                         : R"([{"op":"add","path":"/identifier/-","value":{"system":"http://c","value":")" + std::to_string(client) + R"("}}])";
            return request;
        });
        CHECK(told.statuses == Statuses{{"200", clients}});
        REQUIRE(told.places.size() == 1);
        const auto got = world.get("Patient", told.places.begin()->substr(8));
        REQUIRE(got);
        CHECK(got->version == clients + 1);
        CHECK(world.read(got->text()).root().count(world.schema().names().find("identifier")) == clients);
    }
    TEST_CASE("of 64 deletes by criteria one deletes") {
        Disk world;
        REQUIRE(world.post("Patient", numbered("Patient", "7")));
        const Told told = together(world, [&](int) {
            Request request = world.request(Verb::remove, "Patient");
            request.parameters = {{"identifier", "http://s|7"}};
            return request;
        });
        CHECK(told.statuses == Statuses{{"204", clients}});
        CHECK(told.places.size() == 1);
        CHECK(world.count("Patient") == 0);
        CHECK(world.disk.engine->snapshot()->position() == 2);
    }
    TEST_CASE("64 transactions with the same conditional create and a reference by criteria make one resource of it") {
        Disk world;
        const std::string urn = "urn:uuid:05efabf0-4be2-4561-91ce-51548425acb9";
        const std::string text = bundle_of("transaction", {
            entry_of("POST", "Patient", numbered("Patient", "7"), urn, R"(,"ifNoneExist":"identifier=http://s|7")"),
            entry_of("PUT", "Organization?identifier=http://s|8", numbered("Organization", "8")),
            entry_of("POST", "Observation", observation("x", urn, R"(,"performer":[{"reference":"Organization?identifier=http://s|8"}])"))});
        const Told told = together(world, [&](int) { return world.request(Verb::batch, "", "", text); });
        CHECK(told.statuses == Statuses{{"200", clients}});
        CHECK(world.count("Patient") == 1);
        CHECK(world.count("Organization") == 1);
        CHECK(world.count("Observation") == clients);
        const auto of_it = world.find("Observation", {{"subject:Patient.identifier", "http://s|7"}, {"_summary", "count"}});
        if (of_it) CHECK(world.read(of_it->text()).root().child("total").text() == std::to_string(clients));
    }
}
