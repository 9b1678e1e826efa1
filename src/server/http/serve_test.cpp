// SPDX-License-Identifier: Apache-2.0
#include "server/http/serve.h"

#include "base/net/test_client.h"

#include <doctest/doctest.h>

#include <new>
#include <stdexcept>

using base::net::TestClient;
using namespace server::http;

namespace {

// Answers with the target; "/quick..." on the connection's own thread, ".../bad" by an exception.
class Mirror final : public Site {
public:
    std::uint64_t body_limit(const Head&) const override { return 100; }
    bool quick(const Call& call) const override { return call.target.starts_with("/quick"); }
    Answer answer(const Call& call) override {
        if (call.target.ends_with("/bad")) throw std::runtime_error("a bug");
        if (call.target.ends_with("/full")) throw std::bad_alloc();
        Answer answer;
        answer.body.emplace_back(std::string(call.target));
        return answer;
    }
    Answer refusal(int status, std::string_view reason) const override {
        Answer answer{.status = status};
        answer.body.emplace_back(std::string(reason));
        return answer;
    }
};

struct Station {
    Station() : service(site, workers, base::system_clock()) {
        base::net::Door door;
        door.name = "http";
        door.protocol = [this](base::net::Connection& connection) { return serve(service, connection); };
        auto opened = base::net::Loop::open(2, {door});
        REQUIRE(opened);
        loop = std::move(*opened);
        service.loop = loop.get();
        loop->start();
    }
    ~Station() {
        workers.stop();
        loop->stop();
    }
    Mirror site;
    base::WorkerPool workers{2, 100};
    Service service;
    std::unique_ptr<base::net::Loop> loop;
};

std::string get(std::string_view target, std::string_view more = "") {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more) + "\r\n";
}

}  // namespace

TEST_SUITE("server/http/serve") {
    TEST_CASE("answers keep the order of the requests, wherever they are made") {
        Station station;
        const TestClient client(station.loop->port(0));
        client.send(get("/1") + get("/quick/2") + get("/3") + get("/quick/4", "Connection: close\r\n"));
        const std::string all = client.rest();
        CHECK(all.find("/1") < all.find("/quick/2"));
        CHECK(all.find("/quick/2") < all.find("/3"));
        CHECK(all.find("/3") < all.find("/quick/4"));
        CHECK(station.service.traffic.requests == 4);
    }
    TEST_CASE("an exception becomes 500 and the connection goes on") {
        for (const char* bad : {"/bad", "/quick/bad"}) {
            Station station;
            const TestClient client(station.loop->port(0));
            client.send(get(bad) + get("/good", "Connection: close\r\n"));
            const std::string all = client.rest();
            CHECK(all.starts_with("HTTP/1.1 500 "));
            CHECK(all.ends_with("/good"));
            CHECK(station.service.traffic.bugs == 1);
        }
    }
    TEST_CASE("O-08: memory that ends becomes 503, which is no bug, and the connection goes on") {
        for (const char* full : {"/full", "/quick/full"}) {
            Station station;
            const TestClient client(station.loop->port(0));
            client.send(get(full) + get("/good", "Connection: close\r\n"));
            const std::string all = client.rest();
            CHECK(all.starts_with("HTTP/1.1 503 "));
            CHECK(all.ends_with("/good"));
            CHECK(station.service.traffic.bugs == 0);
        }
    }
    TEST_CASE("when the workers have been stopped, a connection that is still open gets 503") {
        Station station;
        const TestClient client(station.loop->port(0));
        client.send(get("/1"));
        (void)client.exactly(12);
        station.workers.stop();
        client.send(get("/2", "Connection: close\r\n"));
        CHECK(client.rest().find("HTTP/1.1 503 ") != std::string::npos);
    }
}
