// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/mllp/link.h"

#include "base/net/test_client.h"

#include <doctest/doctest.h>

#include <stdexcept>

using base::net::TestClient;

namespace {

// A line that gives every message back behind "re:", on a port of its own.
struct Station {
    explicit Station(std::function<std::string(std::string_view)> receiver =
                         [](std::string_view message) { return "re:" + std::string(message); })
        : line(std::move(receiver), workers, {}) {
        base::net::Door door;
        door.name = "mllp";
        door.protocol = [this](base::net::Connection& connection) { return hl7v2::mllp::link(line, connection); };
        auto opened = base::net::Loop::open(2, {door});
        REQUIRE(opened);
        loop = std::move(*opened);
        line.loop = loop.get();
        loop->start();
    }
    ~Station() {
        workers.stop();
        loop->stop();
    }
    base::WorkerPool workers{2, 1};
    hl7v2::mllp::Line line;
    std::unique_ptr<base::net::Loop> loop;
};

std::string framed(std::string_view message) { return "\x0B" + std::string(message) + "\x1C\r"; }

}  // namespace

TEST_SUITE("hl7v2/mllp/link") {
    TEST_CASE("messages that come at once are answered one after the other") {
        Station station;
        const TestClient client(station.loop->port(0));
        client.send(framed("a") + framed("b") + framed("c"));
        const std::string answers = framed("re:a") + framed("re:b") + framed("re:c");
        CHECK(client.exactly(answers.size()) == answers);
        CHECK(station.line.counts.messages == 3);
    }
    TEST_CASE("many links on a full queue all get their own answer") {
        Station station;
        std::vector<TestClient> clients;
        for (int i = 0; i < 20; ++i) clients.emplace_back(station.loop->port(0));
        for (int i = 0; i < 20; ++i) clients[static_cast<std::size_t>(i)].send(framed(std::to_string(100 + i)));
        for (int i = 0; i < 20; ++i) {
            const std::string answer = framed("re:" + std::to_string(100 + i));
            CHECK(clients[static_cast<std::size_t>(i)].exactly(answer.size()) == answer);
        }
    }
    TEST_CASE("a link whose answer could not be made is closed, so that its sender repeats; others go on") {
        Station station([](std::string_view message) -> std::string {
            if (message == "bad") throw std::runtime_error("x");
            return "re:" + std::string(message);
        });
        const TestClient bad(station.loop->port(0));
        const TestClient good(station.loop->port(0));
        bad.send(framed("bad"));
        CHECK(bad.rest().empty());
        good.send(framed("a"));
        CHECK(good.exactly(7) == framed("re:a"));
    }
    TEST_CASE("what begins like HTTP is closed, whatever frame it carries") {
        Station station;
        const TestClient browser(station.loop->port(0));
        browser.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n" + framed("a"));
        CHECK(browser.rest().empty());
        CHECK(station.line.counts.messages == 0);
    }
    TEST_CASE("a lone FS is an end when the sender leaves behind it") {
        Station station;
        const TestClient client(station.loop->port(0));
        client.send("\x0B" "a\x1C");
        client.end();
        CHECK(client.rest() == framed("re:a"));
    }
}
