// SPDX-License-Identifier: Apache-2.0
// The codec on a real connection in a real loop: what only the three together can show.
#include "server/http/answer.h"
#include "server/http/codec.h"

#include "base/net/loop.h"
#include "base/net/test_client.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using base::net::Connection;
using base::net::Phase;
using base::net::TestClient;
using server::http::Codec;
using server::http::Event;

namespace {

// Answers each request with its target and body.
class Mirror final : public base::net::Protocol {
public:
    void on_bytes(std::string_view bytes, Connection& connection) override {
        codec_.feed(bytes);
        for (;;) {
            switch (codec_.next()) {
                case Event::head:
                    if (codec_.accept(1000)) connection.write(server::http::continue_line);
                    break;
                case Event::body: break;
                case Event::complete:
                    answer(connection, codec_.head().manner, 200, std::string(codec_.head().target) + ":" + std::string(codec_.body()));
                    break;
                case Event::failed: answer(connection, codec_.head().manner, codec_.status(), codec_.reason()); return;
                case Event::need_more:
                    connection.phase(codec_.in_body() ? Phase::body : codec_.in_head() ? Phase::head : Phase::idle);
                    return;
            }
        }
    }
    void on_end(Connection& connection) override { connection.close_after_flush(); }
    void on_room(Connection&) override {}
    void on_expired(Phase phase, Connection& connection) override {
        if (phase != Phase::idle) answer(connection, {.keep_alive = false}, 408, "Too slow");
    }
    void on_drain(Connection& connection) override { connection.close_after_flush(); }

private:
    static void answer(Connection& connection, const server::http::Manner& manner, int status, const std::string& text) {
        if (append_plain(connection.writing(), manner, status, text).close) connection.close_after_flush();
    }
    Codec codec_{{}};
};

std::unique_ptr<base::net::Loop> mirror() {
    base::net::Door door;
    door.name = "mirror";
    door.protocol = [](Connection&) { return std::make_unique<Mirror>(); };
    door.limits.head = 100;
    door.limits.body_window = 100;
    auto loop = base::net::Loop::open(2, {door});
    REQUIRE(loop);
    (*loop)->start();
    return std::move(*loop);
}

std::size_t count(const std::string& text, std::string_view part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

}  // namespace

TEST_SUITE("server/http/engine") {
    TEST_CASE("A-19 pipelined requests are answered in order") {
        const auto loop = mirror();
        const TestClient client(loop->port(0));
        client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"
                    "GET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        const std::string all = client.rest();
        CHECK(count(all, "HTTP/1.1 200 OK") == 3);
        CHECK(all.find("/1:\n") < all.find("/2:hi\n"));
        CHECK(all.find("/2:hi\n") < all.find("/3:\n"));
    }
    TEST_CASE("A-20 the last line end of a chunked body may come late") {
        const auto loop = mirror();
        const TestClient client(loop->port(0));
        client.send("POST /1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r");
        client.send("\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        const std::string all = client.rest();
        CHECK(count(all, "HTTP/1.1 200 OK") == 2);
        CHECK(all.find("/1:hello\n") != std::string::npos);
    }
    TEST_CASE("A-06 a refused body does not destroy its answer") {
        const auto loop = mirror();
        const TestClient client(loop->port(0));
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4294967295\r\n\r\n" + std::string(50'000, 'x'));
        client.send(std::string(50'000, 'x'));
        const std::string all = client.rest();
        CHECK(all.starts_with("HTTP/1.1 413 "));
        CHECK(all.find("Connection: close") != std::string::npos);
    }
    TEST_CASE("A-25 100 comes before a body that is accepted and not before one that is refused") {
        const auto loop = mirror();
        const TestClient good(loop->port(0));
        good.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
        CHECK(good.exactly(25) == "HTTP/1.1 100 Continue\r\n\r\n");
        good.send("hi");
        CHECK(good.rest().starts_with("HTTP/1.1 200 "));
        const TestClient bad(loop->port(0));
        bad.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\nExpect: 100-continue\r\n\r\n");
        CHECK(bad.rest().starts_with("HTTP/1.1 413 "));
    }
    TEST_CASE("A-21 and A-22 slow heads and slow bodies get 408 while others are served") {
        const auto loop = mirror();
        std::vector<TestClient> slow;
        for (int i = 0; i < 200; ++i) {
            slow.emplace_back(loop->port(0));
            slow.back().send(i % 2 == 0 ? "GET / HT" : "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\nx");
        }
        const TestClient good(loop->port(0));
        good.send("GET /quick HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        CHECK(good.rest().find("/quick:") != std::string::npos);
        for (const TestClient& client : slow) CHECK(client.rest().starts_with("HTTP/1.1 408 "));
    }
    TEST_CASE("B-04 a TLS hello at a plain port gets 400 and is closed") {
        const auto loop = mirror();
        const TestClient client(loop->port(0));
        client.send(std::string_view("\x16\x03\x01\x00\xF4\x01\x00\x00\xF0\x03\x03", 11));
        CHECK(client.rest().starts_with("HTTP/1.1 400 "));
    }
}
