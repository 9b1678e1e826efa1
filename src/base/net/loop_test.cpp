// SPDX-License-Identifier: Apache-2.0
#include "base/net/loop.h"

#include "base/net/test_certificates.h"
#include "base/net/test_client.h"

#include <doctest/doctest.h>

#include <sys/resource.h>

#include <functional>
#include <future>
#include <stdexcept>
#include <thread>

using base::net::Bytes;
using base::net::Connection;
using base::net::ConnectionId;
using base::net::Door;
using base::net::Loop;
using base::net::Phase;
using base::net::Protocol;
using base::net::test_certificates;
using base::net::TestClient;

namespace {

// Answers every byte string with itself behind a mark.
class Echo : public Protocol {
public:
    explicit Echo(std::string mark) : mark_(std::move(mark)) {}
    void on_bytes(std::string_view bytes, Connection& connection) override { connection.write(mark_ + std::string(bytes)); }
    void on_end(Connection& connection) override { connection.close_after_flush(); }
    void on_room(Connection&) override {}
    void on_expired(Phase, Connection& connection) override { connection.write("late"); }
    void on_drain(Connection& connection) override { connection.close_after_flush(); }

private:
    std::string mark_;
};

Door echo(std::string mark = "") {
    Door door;
    door.name = "echo";
    door.protocol = [mark](Connection&) { return std::make_unique<Echo>(mark); };
    return door;
}

std::unique_ptr<Loop> started(std::vector<Door> doors, unsigned workers = 2) {
    auto loop = Loop::open(workers, std::move(doors));
    REQUIRE(loop);
    (*loop)->start();
    return std::move(*loop);
}

// Waits until it is so, a few turns of the loop at a time; gives up after ten seconds or so.
bool eventually(Loop& loop, const std::function<bool()>& is_so) {
    for (int i = 0; i < 500 && !is_so(); ++i) {
        std::promise<void> turn;
        loop.post_after(0, 20, [&turn] { turn.set_value(); });
        turn.get_future().wait();
    }
    return is_so();
}

// Hands its connection's id to whoever waits, and answers nothing by itself.
class Later final : public Echo {
public:
    explicit Later(std::promise<ConnectionId>& begun) : Echo(""), begun_(&begun) {}
    void on_bytes(std::string_view, Connection& connection) override {
        connection.phase(Phase::working);
        if (begun_ != nullptr) std::exchange(begun_, nullptr)->set_value(connection.id());
    }
    void on_drain(Connection&) override {}  // the answer closes

private:
    std::promise<ConnectionId>* begun_;
};

Door later(std::promise<ConnectionId>& begun) {
    Door door;
    door.name = "later";
    door.protocol = [&begun](Connection&) { return std::make_unique<Later>(begun); };
    return door;
}

}  // namespace

TEST_SUITE("base/net/loop") {
    TEST_CASE("one loop serves several doors, each with its own protocol") {
        const auto loop = started({echo("a:"), echo("b:")});
        const TestClient first(loop->port(0));
        const TestClient second(loop->port(1));
        CHECK(first.send("x"));
        CHECK(second.send("y"));
        CHECK(first.exactly(3) == "a:x");
        CHECK(second.exactly(3) == "b:y");
    }
    TEST_CASE("many connections at many workers all get their own answers") {
        const auto loop = started({echo()}, 3);
        std::vector<TestClient> clients;
        for (int i = 0; i < 100; ++i) clients.emplace_back(loop->port(0));
        for (std::size_t i = 0; i < clients.size(); ++i) CHECK(clients[i].send("number " + std::to_string(1000 + i)));
        for (std::size_t i = 0; i < clients.size(); ++i) CHECK(clients[i].exactly(11) == "number " + std::to_string(1000 + i));
        CHECK(loop->counts().accepted == 100);
    }
    TEST_CASE("a port in use is a fault that names the door") {
        const auto loop = started({echo()});
        Door same = echo();
        same.port = loop->port(0);
        const auto second = Loop::open(1, {same});
        REQUIRE_FALSE(second);
        CHECK(second.fault().text.find("door echo") != std::string::npos);
        Door nowhere = echo();
        nowhere.address = "not-an-address";
        CHECK_FALSE(Loop::open(1, {nowhere}));
    }
    TEST_CASE("a door is added while the loop runs, and another goes on") {
        const auto loop = started({echo("a:")});
        const TestClient first(loop->port(0));
        const auto added = loop->add(echo("b:"));
        REQUIRE(added);
        CHECK(*added == 1);
        std::vector<TestClient> clients;
        for (int i = 0; i < 20; ++i) clients.emplace_back(loop->port(*added));
        for (const TestClient& client : clients) CHECK(client.send("x"));
        for (const TestClient& client : clients) CHECK(client.exactly(3) == "b:x");
        CHECK(loop->counts(*added).open == 20);
        CHECK(first.send("y"));
        CHECK(first.exactly(3) == "a:y");
    }
    TEST_CASE("a removed door refuses, its connections finish, and its port is free at once") {
        std::promise<ConnectionId> begun;
        const auto loop = started({echo("a:"), later(begun)});
        const std::uint16_t port = loop->port(1);
        const TestClient client(port);
        CHECK(client.send("question"));
        const ConnectionId id = begun.get_future().get();
        auto gone = std::async(std::launch::async, [&] { return loop->remove(1, 10'000); });
        CHECK(eventually(*loop, [&] { return !TestClient().connect(port); }));
        loop->post(id, [](Protocol&, Connection& connection) {
            connection.write("answer");
            connection.close_after_flush();
        });
        CHECK(client.exactly(6) == "answer");
        CHECK(client.rest().empty());
        CHECK(gone.get());
        CHECK(loop->port(1) == 0);
        Door again = echo("c:");
        again.port = port;
        const auto number = loop->add(again);
        REQUIRE(number);
        CHECK(*number == 2);
        const TestClient third(port);
        CHECK(third.send("x"));
        CHECK(third.exactly(3) == "c:x");
        const TestClient first(loop->port(0));
        CHECK(first.send("x"));
        CHECK(first.exactly(3) == "a:x");
    }
    TEST_CASE("connections of a removed door that do not finish are cut off") {
        std::promise<ConnectionId> begun;
        const auto loop = started({later(begun)});
        const TestClient client(loop->port(0));
        CHECK(client.send("question"));
        begun.get_future().wait();
        CHECK_FALSE(loop->remove(0, 1));
        CHECK(client.rest().empty());
        CHECK(loop->counts().open == 0);
        CHECK(loop->remove(0, 1));
    }
    TEST_CASE("doors come and go under load") {
        const auto loop = started({echo("a:")});
        for (int round = 0; round < 6; ++round) {
            const auto number = loop->add(echo("b:"));
            REQUIRE(number);
            const std::uint16_t port = loop->port(*number);
            std::vector<TestClient> clients;
            for (int i = 0; i < 10; ++i) clients.emplace_back(port);
            for (const TestClient& client : clients) CHECK(client.send("x"));
            for (const TestClient& client : clients) CHECK(client.exactly(3) == "b:x");
            CHECK(loop->remove(*number, 10'000));
        }
        CHECK(loop->counts().open == 0);
    }
    TEST_CASE("a door may refuse an address") {
        Door closed = echo();
        closed.admits = [](const base::net::Peer& peer) { return peer.address != "127.0.0.1"; };
        const auto loop = started({closed});
        const TestClient client(loop->port(0));
        CHECK(client.rest().empty());
        CHECK(loop->counts(0).refused == 1);
        CHECK(loop->counts().accepted == 0);
    }
    TEST_CASE("IPv6 and every address are listened at") {
        Door six = echo();
        six.address = "*";
        const auto loop = started({six});
        const TestClient client(loop->port(0));
        CHECK(client.send("x"));
        CHECK(client.exactly(1) == "x");
    }
    TEST_CASE("an answer made by another thread arrives") {
        std::promise<ConnectionId> begun;
        const auto loop = started({later(begun)});
        const TestClient client(loop->port(0));
        CHECK(client.send("question"));
        std::thread([&loop, id = begun.get_future().get()] {
            loop->post(id, [](Protocol&, Connection& connection) { connection.write("answer"); });
        }).join();
        CHECK(client.exactly(6) == "answer");
    }
    TEST_CASE("an answer for a connection that is gone reaches nobody else") {
        std::promise<ConnectionId> begun;
        const auto loop = started({later(begun), echo()}, 1);
        TestClient first(loop->port(0));
        CHECK(first.send("question"));
        const ConnectionId id = begun.get_future().get();
        std::promise<void> closed;
        loop->post(id, [](Protocol&, Connection& connection) { connection.abort(); });
        CHECK(first.some().empty());
        // The next connection takes the same slot, and most likely the same descriptor.
        const TestClient second(loop->port(1));
        CHECK(second.send("a"));
        CHECK(second.exactly(1) == "a");
        bool ran = false;
        loop->post(id, [&ran](Protocol&, Connection& connection) {
            ran = true;
            connection.write("somebody else's answer");
        });
        loop->post(0U, [&closed] { closed.set_value(); });
        closed.get_future().wait();
        CHECK_FALSE(ran);
        CHECK(second.send("b"));
        CHECK(second.exactly(1) == "b");
    }
    TEST_CASE("timers run in their order") {
        const auto loop = started({echo()}, 1);
        std::string order;
        std::promise<void> done;
        loop->post_after(0, 30, [&] {
            order += "b";
            done.set_value();
        });
        loop->post_after(0, 1, [&] { order += "a"; });
        done.get_future().wait();
        CHECK(order == "ab");
    }
    TEST_CASE("a clock that runs out closes its connection and no other") {
        Door door = echo();
        door.limits.idle = 50;
        Door patient = echo();
        const auto loop = started({door, patient});
        const TestClient other(loop->port(1));
        const TestClient quiet(loop->port(0));
        CHECK(quiet.rest() == "late");
        CHECK(other.send("x"));
        CHECK(other.exactly(1) == "x");
    }
    TEST_CASE("an exception of any type costs its connection only") {
        class Broken final : public Echo {
        public:
            Broken() : Echo("") {}
            void on_bytes(std::string_view bytes, Connection&) override {
                if (bytes == "std") throw std::runtime_error("x");
                throw 42;
            }
        };
        Door broken = echo();
        broken.protocol = [](Connection&) { return std::make_unique<Broken>(); };
        Door unmade = echo();
        unmade.protocol = [](Connection&) -> std::unique_ptr<Protocol> { throw 42; };
        const auto loop = started({broken, echo(), unmade}, 1);
        const TestClient good(loop->port(1));
        CHECK(TestClient(loop->port(2)).some().empty());
        for (const char* what : {"std", "other"}) {
            const TestClient bad(loop->port(0));
            CHECK(bad.send(what));
            CHECK(bad.some().empty());
        }
        CHECK(good.send("x"));
        CHECK(good.exactly(1) == "x");
        CHECK(loop->counts().bugs == 3);
        CHECK(eventually(*loop, [&loop] { return loop->counts().open == 1; }));
    }
    TEST_CASE("I-32 one address may hold so many connections and no more") {
        Door door = echo();
        door.per_peer = 16;
        const auto loop = started({door});
        std::vector<TestClient> clients;
        for (int i = 0; i < 16; ++i) {
            clients.emplace_back(loop->port(0));
            CHECK(clients.back().send("x"));
            CHECK(clients.back().exactly(1) == "x");
        }
        const TestClient surplus(loop->port(0));
        CHECK(surplus.some().empty());
        CHECK(loop->counts().refused == 1);
        CHECK(clients[0].send("y"));
        CHECK(clients[0].exactly(1) == "y");
        clients.back().end();
        CHECK(clients.back().rest().empty());
        clients.back().close();
        // Its place is free once the worker has seen the end; draining waits for all.
        clients.clear();
        CHECK(loop->drain(10'000));
        CHECK(loop->counts().open == 0);
    }
    TEST_CASE("B-05 one address may come so fast and no faster") {
        Door door = echo();
        door.per_peer_rate = 20;
        const auto loop = started({door});
        int served = 0;
        for (int i = 0; i < 200; ++i) {
            const TestClient client(loop->port(0));
            client.send("x");
            if (client.some() == "x") ++served;
        }
        CHECK(served >= 20);
        CHECK(loop->counts().refused == 200U - static_cast<unsigned>(served));
        CHECK(loop->counts().refused > 0);
    }
    TEST_CASE("A-24 without descriptors accepting pauses, and goes on when there are some") {
        const auto loop = started({echo()}, 1);
        std::vector<TestClient> clients(20);
        rlimit before{};
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
        const int lowest = ::dup(0);
        REQUIRE(lowest >= 0);
        ::close(lowest);
        const rlimit tight{static_cast<rlim_t>(lowest) + 3, before.rlim_max};
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &tight) == 0);
        for (const TestClient& client : clients) {
            CHECK(client.connect(loop->port(0)));
            CHECK(client.send("x"));
        }
        CHECK(clients[0].exactly(1) == "x");  // those that got in are served
        CHECK(eventually(*loop, [&loop] { return loop->counts().paused >= 2; }));
        CHECK(loop->counts().paused <= 100);  // once each pause, not once each turn of the loop
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
        for (std::size_t i = 1; i < clients.size(); ++i) CHECK(clients[i].exactly(1) == "x");
    }
    TEST_CASE("a door that is full lets the next wait") {
        Door door = echo();
        door.most = 2;
        const auto loop = started({door}, 1);
        TestClient one(loop->port(0));
        const TestClient two(loop->port(0));
        const TestClient three(loop->port(0));
        CHECK(three.send("x"));
        CHECK(two.send("y"));
        CHECK(two.exactly(1) == "y");
        one.close();
        CHECK(three.exactly(1) == "x");
    }
    TEST_CASE("A-30 resets in the middle of answers leave nothing behind") {
        const Bytes large = std::make_shared<const std::string>(5 << 20, 'b');
        class Large final : public Echo {
        public:
            explicit Large(Bytes body) : Echo(""), body_(std::move(body)) {}
            void on_bytes(std::string_view, Connection& connection) override { connection.write(body_); }

        private:
            Bytes body_;
        };
        Door door = echo();
        door.protocol = [large](Connection&) { return std::make_unique<Large>(large); };
        const auto loop = started({door, echo()});
        for (int i = 0; i < 1000; ++i) {
            TestClient client(loop->port(0));
            client.send("x");
            if (i % 2 == 0) client.some();
            client.cut();
        }
        {
            const TestClient good(loop->port(1));
            CHECK(good.send("x"));
            CHECK(good.exactly(1) == "x");
        }
        CHECK(loop->drain(10'000));
        CHECK(loop->counts().open == 0);
    }
    TEST_CASE("A-23 peers that do not read leave the others alone") {
        const Bytes large = std::make_shared<const std::string>(20 << 20, 'b');
        class Large final : public Echo {
        public:
            explicit Large(Bytes body) : Echo(""), body_(std::move(body)) {}
            void on_bytes(std::string_view, Connection& connection) override { connection.write(body_); }

        private:
            Bytes body_;
        };
        Door door = echo();
        door.limits.write_stall = 100;
        door.protocol = [large](Connection&) { return std::make_unique<Large>(large); };
        const auto loop = started({door, echo()}, 1);
        std::vector<TestClient> stuck;
        for (int i = 0; i < 8; ++i) {
            stuck.emplace_back(loop->port(0));
            CHECK(stuck.back().send("x"));
        }
        const TestClient good(loop->port(1));
        for (int i = 0; i < 100; ++i) {
            CHECK(good.send("x"));
            CHECK(good.exactly(1) == "x");
        }
        CHECK(eventually(*loop, [&loop] { return loop->counts().open == 1; }));
        CHECK(loop->counts().timed_out == 8);
        CHECK(large.use_count() <= 3);  // this test, the door, its copy
    }
    TEST_CASE("B-01 silent peers at a TLS door keep nobody waiting") {
        Door door = echo();
        door.tls = std::make_shared<base::net::TlsDoor>(test_certificates().server());
        door.limits.handshake = 200;
        const auto loop = started({door}, 1);
        std::vector<TestClient> silent;
        for (int i = 0; i < 100; ++i) silent.emplace_back(loop->port(0));
        const TestClient client(loop->port(0));
        base::net::TlsSession session(test_certificates().client());
        std::string plain;
        std::string sealed;
        session.feed("", plain, sealed);
        while (session.state() == base::net::TlsSession::State::handshaking) {
            CHECK(client.send(std::exchange(sealed, {})));
            const std::string bytes = client.some();
            REQUIRE_FALSE(bytes.empty());
            session.feed(bytes, plain, sealed);
        }
        CHECK(session.seal("hello", sealed));
        CHECK(client.send(sealed));
        while (plain.size() < 5) {
            const std::string bytes = client.some();
            REQUIRE_FALSE(bytes.empty());
            session.feed(bytes, plain, sealed);
        }
        CHECK(plain == "hello");
        for (const TestClient& one : silent) CHECK(one.some().empty());  // closed by the handshake's clock
    }
    TEST_CASE("draining lets an answer finish and takes no new connection") {
        std::promise<ConnectionId> begun;
        const auto loop = started({later(begun)}, 2);
        TestClient client(loop->port(0));
        CHECK(client.send("question"));
        const ConnectionId id = begun.get_future().get();
        auto drained = std::async(std::launch::async, [&loop] { return loop->drain(10'000); });
        while (TestClient().connect(loop->port(0))) std::this_thread::yield();
        loop->post(id, [](Protocol&, Connection& connection) {
            connection.write("answer");
            connection.close_after_flush();
        });
        CHECK(client.rest() == "answer");
        client.close();
        CHECK(drained.get());
    }
    TEST_CASE("draining gives up after its patience") {
        std::promise<ConnectionId> begun;
        const auto loop = started({later(begun)}, 1);
        const TestClient client(loop->port(0));
        CHECK(client.send("question"));
        begun.get_future().wait();
        CHECK_FALSE(loop->drain(50));
        loop->stop();
        CHECK(client.some().empty());
        CHECK(loop->counts().open == 0);
        loop->post(0U, [] { FAIL("work after stop"); });
    }
}
