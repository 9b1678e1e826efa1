// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/mllp/link.h"

#include <memory>

namespace hl7v2::mllp {

namespace {

using base::net::Connection;
using base::net::Phase;

constexpr base::net::Millis quiet_after = 200;  // a lone <FS> counts as the end when nothing follows it for so long

// A web page can make its reader's browser send anything to a port of this machine; its first line gives it away.
bool is_http(std::string_view bytes) {
    for (const std::string_view method : {"GET ", "POST ", "PUT ", "HEAD ", "OPTIONS "})
        if (bytes.starts_with(method)) return true;
    return false;
}

class Link final : public base::net::Protocol {
public:
    explicit Link(Line& line) : line_(line), frames_(line.options) {}

    void on_bytes(std::string_view bytes, Connection& connection) override {
        if (fed_ == 0 && is_http(bytes)) {
            ++line_.counts.closed;
            closed_ = true;
            return connection.abort();
        }
        frames_.feed(bytes);
        ++fed_;
        if (!working_) pull(connection);
    }
    void on_end(Connection& connection) override {
        ended_ = true;
        if (working_) return;
        if (auto event = frames_.quiet()) take(*std::move(event), connection);  // nothing more will come
        if (!working_ && !closed_) connection.close_after_flush();
    }
    void on_room(Connection&) override {}
    void on_expired(Phase phase, Connection&) override {
        if (phase != Phase::idle) ++line_.counts.closed;
    }
    void on_drain(Connection& connection) override {
        draining_ = true;
        if (!working_) connection.close_after_flush();
    }

private:
    void pull(Connection& connection) {
        while (!working_) {
            auto event = frames_.next();
            if (!event) break;
            take(*std::move(event), connection);
            if (closed_) return;
        }
        if (working_) return;
        if (ended_ || draining_) return connection.close_after_flush();
        connection.phase(frames_.in_frame() ? Phase::body : Phase::idle);
        if (frames_.in_frame()) wait_for_quiet(connection);
    }

    void take(Event event, Connection& connection) {
        switch (event.kind) {
            case Event::Kind::message: return receive(std::move(event.bytes), connection);
            case Event::Kind::junk: line_.counts.skipped_bytes += event.count; return;
            case Event::Kind::discarded: ++line_.counts.discarded; return;
            case Event::Kind::close:
                ++line_.counts.closed;
                closed_ = true;
                connection.close_after_flush();
                return;
        }
    }

    void receive(std::string message, Connection& connection) {
        working_ = true;
        connection.phase(Phase::working);
        connection.pause_reading(true);
        const auto id = connection.id();
        const auto kept = std::make_shared<const std::string>(std::move(message));
        hand_over(kept, id);
    }

    // The workers' queue may be full for a moment: the link waits, and so does its sender. Should the answer itself fail, the
    // link is closed: a sender without an answer repeats, one that waits for ever does not.
    void hand_over(const std::shared_ptr<const std::string>& message, base::net::ConnectionId id) {
        Line& line = line_;
        const bool taken = line.workers.submit([&line, id, message](std::stop_token) {
            try {
                auto answer = std::make_shared<const std::string>(line.receive(*message));
                ++line.counts.messages;
                line.loop->post(id, [answer](base::net::Protocol& protocol, Connection& back) {
                    static_cast<Link&>(protocol).resume(*answer, back);
                });
            } catch (...) {
                line.loop->post(id, [](base::net::Protocol&, Connection& back) { back.abort(); });
                throw;  // the pool counts it
            }
        });
        if (taken) return;
        line.loop->post_after(id.worker, 20, [&line, id, message] {
            line.loop->post(id, [message](base::net::Protocol& protocol, Connection& back) {
                static_cast<Link&>(protocol).hand_over(message, back.id());
            });
        });
    }

    void resume(const std::string& answer, Connection& connection) {
        working_ = false;
        connection.pause_reading(false);
        if (!answer.empty()) connection.write(frame(answer));
        pull(connection);
    }

    void wait_for_quiet(Connection& connection) {
        line_.loop->post_after(connection.id().worker, quiet_after, [loop = line_.loop, id = connection.id(), seen = fed_] {
            loop->post(id, [seen](base::net::Protocol& protocol, Connection& back) {
                static_cast<Link&>(protocol).quiet(seen, back);
            });
        });
    }
    void quiet(std::uint64_t seen, Connection& connection) {
        if (working_ || closed_ || seen != fed_) return;
        if (auto event = frames_.quiet()) {
            take(*std::move(event), connection);
            if (!closed_ && !working_) pull(connection);
        }
    }

    Line& line_;
    Frames frames_;
    std::uint64_t fed_ = 0;
    bool working_ = false;  // a message is on its way through the house
    bool ended_ = false;
    bool draining_ = false;
    bool closed_ = false;
};

}  // namespace

std::unique_ptr<base::net::Protocol> link(Line& line, Connection&) { return std::make_unique<Link>(line); }

}  // namespace hl7v2::mllp
