// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/mllp/link.h"

#include "base/net/test_client.h"
#include "base/worker.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>

using base::net::TestClient;

namespace {

using mapping::Origin;
using mapping::Reply;

// A line on a port of its own; its receiver answers on threads, "re:" and the message unless told otherwise.
struct Station {
    explicit Station(std::function<std::string(const std::string&)> answer = [](const std::string& message) { return "re:" + message; })
        : Station(hl7v2::mllp::on_workers(workers, std::move(answer), [this](std::string_view why) { failures.set_value(std::string(why)); })) {}
    explicit Station(hl7v2::mllp::Line::Receiver receiver, bool strict = false)
        : line(std::make_shared<hl7v2::mllp::Line>(std::move(receiver), hl7v2::mllp::Options{.strict = strict, .message = 1000})) {
        base::net::Door door;
        door.name = "mllp";
        door.protocol = [this](base::net::Connection& connection) { return hl7v2::mllp::link(line, connection); };
        auto opened = base::net::Loop::open(2, {door});
        REQUIRE(opened);
        loop = std::move(*opened);
        line->loop = loop.get();
        loop->start();
    }
    ~Station() {
        workers.stop();
        loop->stop();
    }
    base::WorkerPool workers{2, 1000};
    std::promise<std::string> failures;  // the first one
    std::shared_ptr<hl7v2::mllp::Line> line;
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
        CHECK(station.line->counts.messages == 3);
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
        Station station([](const std::string& message) -> std::string {
            if (message == "bad") throw std::runtime_error("x");
            return "re:" + message;
        });
        const TestClient bad(station.loop->port(0));
        const TestClient good(station.loop->port(0));
        bad.send(framed("bad"));
        CHECK(bad.rest().empty());
        CHECK(station.failures.get_future().get() == "x");
        good.send(framed("a"));
        CHECK(good.exactly(7) == framed("re:a"));
    }
    TEST_CASE("what begins like HTTP is closed, whatever frame it carries") {
        Station station;
        const TestClient browser(station.loop->port(0));
        browser.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n" + framed("a"));
        CHECK(browser.rest().empty());
        CHECK(station.line->counts.messages == 0);
    }
    TEST_CASE("a lone FS is an end when the sender leaves behind it") {
        Station station;
        const TestClient client(station.loop->port(0));
        client.send("\x0B" "a\x1C");
        client.end();
        CHECK(client.rest() == framed("re:a"));
    }
    TEST_CASE("a first word lets the next message in; the last one comes whenever it comes") {
        std::promise<Reply> held;
        Station station([&](std::string message, const Origin&, Reply reply) {
            if (message != "slow") return reply({"re:" + message});
            reply({"kept", false});
            held.set_value(std::move(reply));
        });
        const TestClient client(station.loop->port(0));
        client.send(framed("slow") + framed("b"));
        CHECK(client.exactly(framed("kept").size() + framed("re:b").size()) == framed("kept") + framed("re:b"));
        const Reply later = held.get_future().get();
        client.end();
        later({"done"});
        CHECK(client.rest() == framed("done"));
    }
    TEST_CASE("what is under way on one link is bounded, and nothing of it is lost") {
        std::mutex mutex;
        std::condition_variable changed;
        std::vector<Reply> held;
        std::size_t most = 0;
        Station station([&](std::string, const Origin&, Reply reply) {
            reply({{}, false});
            const std::lock_guard lock(mutex);
            held.push_back(std::move(reply));
            most = std::max(most, held.size());
            changed.notify_one();
        });
        const TestClient client(station.loop->port(0));
        for (int i = 0; i < 100; ++i) client.send(framed("m"));
        const auto wait_for = [&](std::size_t count) {
            std::unique_lock lock(mutex);
            changed.wait(lock, [&] { return held.size() >= count; });
            return lock;
        };
        wait_for(64);
        for (int i = 0; i < 100; ++i) {
            Reply next;
            {
                const auto lock = wait_for(1);
                next = std::move(held.front());
                held.erase(held.begin());
            }
            next({"ok"});
        }
        std::string all;
        for (int i = 0; i < 100; ++i) all += framed("ok");
        CHECK(client.exactly(all.size()) == all);
        CHECK(most <= 64);
    }
    TEST_CASE("a paused line takes nothing and keeps its links; then it goes on where it was") {
        Station station;
        station.line->pause();
        const TestClient client(station.loop->port(0));
        client.send(framed("a"));
        const TestClient other(station.loop->port(0));
        other.send(framed("b"));
        CHECK(station.line->counts.messages == 0);
        station.line->resume();
        CHECK(client.exactly(7) == framed("re:a"));
        CHECK(other.exactly(7) == framed("re:b"));
        CHECK(client.send(framed("c")));
        CHECK(client.exactly(7) == framed("re:c"));
    }
    TEST_CASE("I-04: a message that does not end is answered by what its head tells, and the link is closed") {
        Station station;
        station.line->too_long = [](std::string_view head) { return "too long: " + std::string(head.substr(0, 3)); };
        const TestClient client(station.loop->port(0));
        client.send("\x0BMSH|" + std::string(2000, 'x'));
        CHECK(client.rest() == framed("too long: MSH"));
    }
    TEST_CASE("I-01: a message without its start block is taken, and so is what comes behind other bytes") {
        Station station;
        const TestClient client(station.loop->port(0));
        client.send("MSH|a\x1C\r" "hello\nMSH|b\x1C\r");
        const std::string answers = framed("re:MSH|a") + framed("re:MSH|b");
        CHECK(client.exactly(answers.size()) == answers);
        CHECK(station.line->counts.skipped_bytes == 6);
    }
}
