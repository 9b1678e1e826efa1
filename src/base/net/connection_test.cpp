// SPDX-License-Identifier: Apache-2.0
#include "base/net/connection.h"

#include "base/net/test_certificates.h"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

using base::net::Bytes;
using base::net::Connection;
using base::net::Limits;
using base::net::Millis;
using base::net::Phase;
using base::net::test_certificates;
using base::net::TlsSession;

namespace {

struct Told {
    std::string bytes;
    bool ended = false;
    int rooms = 0;
    bool drained = false;
    std::optional<Phase> expired;
    bool gone = false;
};

class Note final : public base::net::Protocol {
public:
    explicit Note(Told& told) : told_(told) {}
    ~Note() override { told_.gone = true; }
    void on_bytes(std::string_view bytes, Connection&) override { told_.bytes += bytes; }
    void on_end(Connection&) override { told_.ended = true; }
    void on_room(Connection&) override { ++told_.rooms; }
    void on_expired(Phase phase, Connection& connection) override {
        told_.expired = phase;
        connection.write("late");
    }
    void on_drain(Connection& connection) override {
        told_.drained = true;
        connection.close_after_flush();
    }

private:
    Told& told_;
};

// A connection on one end of a socket pair, the test on the other, and time that the test owns.
struct Line {
    explicit Line(bool tls = false) {
        int both[2];
        REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, both) == 0);
        far = both[1];
        const int small = 4096;
        ::setsockopt(both[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
        connection = std::make_unique<Connection>(both[0], base::net::ConnectionId{}, base::net::Peer{"127.0.0.1", 1}, limits,
                                                  tls ? std::make_unique<TlsSession>(test_certificates().server()) : nullptr, now);
        connection->attach(std::make_unique<Note>(told));
    }
    ~Line() { close_far(); }
    Line(const Line&) = delete;

    void close_far() {
        if (far >= 0) ::close(std::exchange(far, -1));
    }
    void send(std::string_view bytes) {
        REQUIRE(::send(far, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
        connection->readable(now, scratch);
    }
    std::string receive() const {
        std::string all;
        char part[65536];
        for (ssize_t count = 0; (count = ::recv(far, part, sizeof part, 0)) > 0;) all.append(part, static_cast<std::size_t>(count));
        return all;
    }
    bool far_sees_end() const {
        char byte = 0;
        return ::recv(far, &byte, 1, 0) == 0;
    }
    void does(const std::function<void(Connection&)>& work) {
        connection->run([&](base::net::Protocol&, Connection& its) { work(its); }, now);
    }
    // Time passes; what is due happens.
    void wait(Millis time) {
        const Millis until = now + time;
        while (!connection->finished() && connection->deadline() <= until) {
            now = std::max(now, connection->deadline());
            connection->expire(now);
        }
        now = until;
    }

    Limits limits{};
    Millis now = 1000;
    Told told;
    std::string scratch = std::string(4096, '\0');
    int far = -1;
    std::unique_ptr<Connection> connection;
};

// The client's side of TLS over a Line.
struct SecureLine : Line {
    SecureLine() : Line(true), client(test_certificates().client()) {
        client.feed("", plain, sealed);
        for (int turn = 0; turn < 10 && (client.state() == TlsSession::State::handshaking || !sealed.empty()); ++turn) exchange();
    }
    void exchange() {
        const std::string up = std::exchange(sealed, {});
        if (!up.empty()) send(up);
        const std::string down = receive();
        if (!down.empty()) client.feed(down, plain, sealed);
    }
    TlsSession client;
    std::string plain;
    std::string sealed;
};

}  // namespace

TEST_SUITE("base/net/connection") {
    TEST_CASE("bytes arrive and answers leave in the order of writing") {
        Line line;
        line.send("hello");
        CHECK(line.told.bytes == "hello");
        const Bytes body = std::make_shared<const std::string>(2000, 'b');
        line.does([&](Connection& connection) {
            connection.write("one ");
            connection.write(body);
            connection.write(" two");
            connection.writing() += "!";
        });
        CHECK(line.receive() == "one " + *body + " two!");
        CHECK(body.use_count() == 1);
    }
    TEST_CASE("part of a shared body is sent without a copy of it") {
        Line line;
        const Bytes body = std::make_shared<const std::string>(1'000'000, 'b');
        line.does([&](Connection& connection) { connection.write(body, 10, 900'000); });
        CHECK(body.use_count() == 2);
        std::string got;
        while (line.connection->wants_write()) {
            got += line.receive();
            line.connection->writable(line.now);
        }
        got += line.receive();
        CHECK(got.size() == 900'000);
        CHECK(body.use_count() == 1);
    }
    TEST_CASE("a peer that is quiet is closed after the idle time") {
        Line line;
        line.wait(59'999);
        CHECK_FALSE(line.told.expired);
        line.wait(1);
        CHECK(line.told.expired == Phase::idle);
        CHECK(line.receive() == "late");
        CHECK_FALSE(line.connection->wants_write());
        line.close_far();
        line.connection->readable(line.now, line.scratch);
        CHECK(line.connection->finished());
    }
    TEST_CASE("A-21 a head that comes a byte a second is cut off after five") {
        Line line;
        int sent = 0;
        while (!line.told.expired && sent < 100) {
            line.send("x");
            ++sent;
            line.does([](Connection& connection) { connection.phase(Phase::head); });
            line.wait(1000);
        }
        CHECK(sent == 5);
        CHECK(line.told.expired == Phase::head);
    }
    TEST_CASE("a new head has a new clock") {
        Line line;
        for (int i = 0; i < 10; ++i) {
            line.does([](Connection& connection) {
                connection.phase(Phase::idle);
                connection.phase(Phase::head);
            });
            line.wait(4000);
        }
        CHECK_FALSE(line.told.expired);
    }
    TEST_CASE("A-22 a body below the least rate is cut off, one above it is not") {
        Line slow;
        slow.does([](Connection& connection) { connection.phase(Phase::body); });
        for (int i = 0; i < 30; ++i) {
            if (!slow.told.expired) slow.send("x");
            slow.wait(1000);
        }
        CHECK(slow.told.expired == Phase::body);
        Line good;
        good.does([](Connection& connection) { connection.phase(Phase::body); });
        for (int i = 0; i < 60; ++i) {
            good.send(std::string(1100, 'x'));
            good.wait(1000);
        }
        CHECK_FALSE(good.told.expired);
    }
    TEST_CASE("no clock runs while an answer is made") {
        Line line;
        line.does([](Connection& connection) { connection.phase(Phase::working); });
        CHECK(line.connection->deadline() == base::net::never);
        line.wait(10'000'000);
        CHECK_FALSE(line.told.expired);
    }
    TEST_CASE("A-23 a peer that takes nothing is not read from and is closed after the stall time") {
        Line line;
        const Bytes body = std::make_shared<const std::string>(20 << 20, 'b');
        line.does([&](Connection& connection) { connection.write(body); });
        CHECK(line.connection->congested());
        CHECK_FALSE(line.connection->wants_read());
        CHECK(line.connection->wants_write());
        line.wait(29'999);
        CHECK_FALSE(line.connection->finished());
        line.wait(1);
        CHECK(line.connection->finished());
        CHECK(line.connection->timed_out());
        line.connection.reset();
        CHECK(line.told.gone);
        CHECK(body.use_count() == 1);
    }
    TEST_CASE("a peer that takes a little now and then is not stalled, and is idle only afterwards") {
        Line line;
        line.does([](Connection& connection) { connection.write(std::string(3 << 20, 'b')); });
        for (int i = 0; i < 20; ++i) {
            line.wait(20'000);
            char part[1000];
            REQUIRE(::recv(line.far, part, sizeof part, 0) > 0);
            line.receive();
            line.connection->writable(line.now);
        }
        CHECK_FALSE(line.connection->finished());
        while (line.connection->wants_write()) {
            line.receive();
            line.connection->writable(line.now);
        }
        CHECK(line.connection->deadline() == line.now + line.limits.idle);
    }
    TEST_CASE("below the low water mark reading goes on and the protocol is told") {
        Line line;
        line.does([](Connection& connection) { connection.write(std::string(2 << 20, 'b')); });
        CHECK_FALSE(line.connection->wants_read());
        std::size_t got = 0;
        while (line.connection->wants_write()) {
            got += line.receive().size();
            line.connection->writable(line.now);
        }
        got += line.receive().size();
        CHECK(got == 2 << 20);
        CHECK(line.told.rooms == 1);
        CHECK(line.connection->wants_read());
    }
    TEST_CASE("a peer that only stopped sending still gets its answer") {
        Line line;
        line.send("question");
        ::shutdown(line.far, SHUT_WR);
        line.connection->readable(line.now, line.scratch);
        CHECK(line.told.ended);
        CHECK_FALSE(line.connection->finished());
        line.does([](Connection& connection) {
            connection.write("answer");
            connection.close_after_flush();
        });
        CHECK(line.receive() == "answer");
        CHECK(line.connection->finished());
    }
    TEST_CASE("after the last answer the peer closes first, or has two seconds") {
        Line line;
        line.does([](Connection& connection) {
            connection.write("bye");
            connection.close_after_flush();
        });
        CHECK_FALSE(line.connection->finished());
        CHECK(line.receive() == "bye");
        CHECK(line.far_sees_end());
        line.send("more of a body that was refused");
        CHECK(line.told.bytes.empty());
        line.wait(2000);
        CHECK(line.connection->finished());
    }
    TEST_CASE("draining asks the protocol") {
        Line line;
        line.connection->drain(line.now);
        CHECK(line.told.drained);
        CHECK(line.far_sees_end());
    }
    TEST_CASE("pausing stops the reading and its clocks") {
        Line line;
        line.does([](Connection& connection) {
            connection.phase(Phase::body);
            connection.pause_reading(true);
        });
        CHECK_FALSE(line.connection->wants_read());
        line.wait(100'000);
        CHECK_FALSE(line.told.expired);
    }
    TEST_CASE("after a pause of ours the clock of a body begins anew") {
        Line line;
        line.does([](Connection& connection) {
            connection.phase(Phase::body);
            connection.pause_reading(true);
        });
        line.wait(100'000);
        line.does([](Connection& connection) { connection.pause_reading(false); });
        line.wait(4'999);
        CHECK_FALSE(line.told.expired);
        line.wait(1);
        CHECK(line.told.expired == Phase::body);
    }
    TEST_CASE("after the handshake the idle clock runs, not the handshake's") {
        SecureLine line;
        line.wait(59'999);
        CHECK_FALSE(line.told.expired);
        CHECK_FALSE(line.connection->finished());
        line.wait(1);
        CHECK(line.told.expired == Phase::idle);
    }
    TEST_CASE("TLS carries both directions and ends with close_notify") {
        SecureLine line;
        REQUIRE(line.client.state() == TlsSession::State::open);
        line.client.seal("question", line.sealed);
        line.exchange();
        CHECK(line.told.bytes == "question");
        line.does([](Connection& connection) {
            connection.write("small ");
            connection.write(std::make_shared<const std::string>(500'000, 'b'));
            connection.close_after_flush();
        });
        while (line.connection->wants_write()) {
            line.exchange();
            line.connection->writable(line.now);
        }
        line.exchange();
        CHECK(line.plain.size() == 500'006);
        CHECK(line.client.state() == TlsSession::State::ended);
    }
    TEST_CASE("B-01 a silent peer at a TLS door is closed after five seconds") {
        Line line(true);
        line.wait(4'999);
        CHECK_FALSE(line.connection->finished());
        line.wait(1);
        CHECK(line.connection->finished());
        CHECK_FALSE(line.told.expired);
    }
    TEST_CASE("B-01 a handshake that comes a byte at a time is closed after five seconds too") {
        Line line(true);
        std::string plain, hello;
        TlsSession client(test_certificates().client());
        client.feed("", plain, hello);
        for (std::size_t i = 0; i < 10 && !line.connection->finished(); ++i) {
            line.send(std::string_view(hello).substr(i, 1));
            line.wait(1000);
        }
        CHECK(line.connection->finished());
    }
    TEST_CASE("B-04 plain HTTP at a TLS door is told so in plain text") {
        Line line(true);
        line.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        CHECK(line.receive().starts_with("HTTP/1.1 400 "));
        CHECK(line.far_sees_end());
        CHECK(line.told.bytes.empty());
        CHECK(line.connection->tls_failed());
    }
    TEST_CASE("B-07 an end without close_notify is an end") {
        SecureLine line;
        line.client.seal("half", line.sealed);
        line.exchange();
        line.close_far();
        line.connection->readable(line.now, line.scratch);
        CHECK(line.told.ended);
        line.does([](Connection& connection) { connection.write(std::string(100'000, 'x')); });
        CHECK(line.connection->finished());
    }
    TEST_CASE("garbage in the middle of TLS ends the connection with an alert") {
        SecureLine line;
        line.send(std::string(100, '\xFF'));
        CHECK(line.connection->tls_failed());
        CHECK_FALSE(line.receive().empty());
        CHECK(line.far_sees_end());
    }
}
