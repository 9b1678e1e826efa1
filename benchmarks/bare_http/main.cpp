// SPDX-License-Identifier: Apache-2.0
// The yardstick: the server's own loop, connection and codec with nothing above them. Every GET gets the bytes
// of one file as application/fhir+json. What the real server needs more than this is FHIR.
//
//     bare_http FILE PORT [WORKERS]
//     wrk -t1 -c64 -d5s http://127.0.0.1:PORT/Patient/1

#include "base/net/loop.h"
#include "server/http/answer.h"
#include "server/http/codec.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include <unistd.h>

namespace {

using base::net::Connection;
using base::net::Phase;
using server::http::Codec;
using server::http::Event;
using server::http::Field;

class Bare final : public base::net::Protocol {
public:
    explicit Bare(base::net::Bytes body) : body_(std::move(body)) {}

    void on_bytes(std::string_view bytes, Connection& connection) override {
        codec_.feed(bytes);
        for (;;) {
            switch (codec_.next()) {
                case Event::head: codec_.accept(1 << 20); break;
                case Event::body: break;
                case Event::complete: answer(connection); break;
                case Event::failed:
                    append_plain(connection.writing(), codec_.head().manner, codec_.status(), codec_.reason());
                    connection.close_after_flush();
                    return;
                case Event::need_more:
                    connection.phase(codec_.in_body() ? Phase::body : codec_.in_head() ? Phase::head : Phase::idle);
                    return;
            }
        }
    }
    void on_end(Connection& connection) override { connection.close_after_flush(); }
    void on_room(Connection&) override {}
    void on_expired(Phase phase, Connection& connection) override {
        if (phase != Phase::idle) append_plain(connection.writing(), {.keep_alive = false}, 408, "Too slow");
    }
    void on_drain(Connection& connection) override { connection.close_after_flush(); }

private:
    void answer(Connection& connection) {
        static constexpr Field fields[] = {{"Content-Type", "application/fhir+json; charset=utf-8"},
                                           {"ETag", "W/\"1\""},
                                           {"Last-Modified", "Wed, 01 May 2024 12:00:00 GMT"}};
        const auto ending = append_head(connection.writing(), codec_.head().manner,
                                        {.fields = fields, .length = body_->size(), .date = "Wed, 01 May 2024 12:00:00 GMT"});
        if (ending.body) connection.write(body_);
        if (ending.close) connection.close_after_flush();
    }

    Codec codec_{{}};
    base::net::Bytes body_;
};

}  // namespace

int main(int count, char** arguments) {
    if (count < 3) {
        std::fprintf(stderr, "usage: bare_http FILE PORT [WORKERS]\n");
        return 64;
    }
    std::ifstream file(arguments[1], std::ios::binary);
    const auto body = std::make_shared<const std::string>(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    base::net::Door door;
    door.name = "bare";
    door.port = static_cast<std::uint16_t>(std::atoi(arguments[2]));
    door.protocol = [body](Connection&) { return std::make_unique<Bare>(body); };
    auto loop = base::net::Loop::open(count > 3 ? static_cast<unsigned>(std::atoi(arguments[3])) : 1, {door});
    if (!loop) {
        std::fprintf(stderr, "%s\n", loop.fault().text.c_str());
        return 1;
    }
    (*loop)->start();
    for (;;) ::pause();
}
