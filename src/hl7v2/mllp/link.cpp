// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/mllp/link.h"

#include <exception>
#include <utility>

namespace hl7v2::mllp {

namespace {

using base::net::Connection;
using base::net::Phase;

constexpr base::net::Millis quiet_after = 200;  // a lone <FS> counts as the end when nothing follows it for so long
constexpr std::size_t most_under_way = 64;      // messages of one link whose last answer is still to come

// A web page can make its reader's browser send anything to a port of this machine; its first line gives it away.
bool is_http(std::string_view bytes) {
    for (const std::string_view method : {"GET ", "POST ", "PUT ", "HEAD ", "OPTIONS "})
        if (bytes.starts_with(method)) return true;
    return false;
}

}  // namespace

class Link final : public base::net::Protocol {
public:
    Link(std::shared_ptr<Line> line, Connection& connection) : line_(std::move(line)), frames_(line_->options) {
        origin_.address = connection.peer().address;
    }

    void on_bytes(std::string_view bytes, Connection& connection) override {
        if (closed_) return;
        if (fed_ == 0) {
            if (is_http(bytes)) {
                ++line_->counts.closed;
                closed_ = true;
                return connection.abort();
            }
            origin_.subject = connection.peer_certificate_subject();
            if (line_->admits && !line_->admits(origin_.subject)) {
                ++line_->counts.refused;
                closed_ = true;
                return connection.abort();
            }
        }
        frames_.feed(bytes);
        ++fed_;
        pull(connection);
    }
    void on_end(Connection& connection) override {
        ended_ = true;
        if (working_ || closed_ || stopped_) return;
        if (auto event = frames_.quiet()) take(*std::move(event), connection);  // nothing more will come
        if (!working_ && !closed_) leave(connection);
    }
    void on_room(Connection&) override {}
    void on_expired(Phase phase, Connection&) override {
        if (phase != Phase::idle) ++line_->counts.closed;
    }
    void on_drain(Connection& connection) override {
        draining_ = true;
        if (!working_) leave(connection);
    }

private:
    bool full() const { return under_way_ >= most_under_way || bytes_under_way_ > line_->options.message; }

    void pull(Connection& connection) {
        while (!working_) {
            if (draining_) break;
            if (full() || (line_->paused() && line_->park(connection.id()))) {
                // resume() or the next answer goes on.
                stopped_ = true;
                connection.phase(Phase::working);
                return connection.pause_reading(true);
            }
            auto event = frames_.next();
            if (!event) break;
            take(*std::move(event), connection);
            if (closed_) return;
        }
        if (working_) return;
        if (ended_ || draining_) return leave(connection);
        connection.phase(under_way_ > 0 ? Phase::working : frames_.in_frame() ? Phase::body : Phase::idle);
        if (frames_.in_frame()) wait_for_quiet(connection);
    }

    // Once everything that was taken is answered.
    void leave(Connection& connection) {
        if (under_way_ == 0) connection.close_after_flush();
    }

    void take(Event event, Connection& connection) {
        switch (event.kind) {
            case Event::Kind::message: return receive(std::move(event.bytes), connection);
            case Event::Kind::junk: line_->counts.skipped_bytes += event.count; return;
            case Event::Kind::discarded: ++line_->counts.discarded; return;
            case Event::Kind::close:
                ++line_->counts.closed;
                closed_ = true;
                if (line_->too_long && !event.bytes.empty())
                    if (const std::string answer = line_->too_long(event.bytes); !answer.empty()) connection.write(frame(answer));
                connection.close_after_flush();
                return;
        }
    }

    // Should an answer fail, the link is closed: a sender without an answer repeats, one that waits for ever does not.
    void receive(std::string message, Connection& connection) {
        working_ = true;
        ++under_way_;
        const std::size_t size = message.size();
        bytes_under_way_ += size;
        connection.phase(Phase::working);
        connection.pause_reading(true);
        ++line_->counts.messages;
        line_->receive(std::move(message), origin_, [line = line_, id = connection.id(), number = ++taken_, size](mapping::Said said) {
            line->loop->post(id, [said = std::move(said), number, size](base::net::Protocol& protocol, Connection& back) {
                static_cast<Link&>(protocol).hear(said, number, size, back);
            });
        });
    }

    void hear(const mapping::Said& said, std::uint64_t number, std::size_t size, Connection& connection) {
        if (closed_) return;
        if (said.broken) {
            closed_ = true;
            return connection.abort();
        }
        if (!said.answer.empty()) connection.write(frame(said.answer));
        if (said.last) {
            --under_way_;
            bytes_under_way_ -= size;
        }
        // The one that the link waits for, with its first or only word.
        if (number == taken_) working_ = false;
        if (working_) return;
        stopped_ = false;
        connection.pause_reading(false);
        pull(connection);
    }

    friend struct Line;
    void go_on(Connection& connection) {
        if (!std::exchange(stopped_, false) || working_ || closed_) return;
        connection.pause_reading(false);
        pull(connection);
    }

    void wait_for_quiet(Connection& connection) {
        base::net::Loop* loop = line_->loop;
        loop->post_after(connection.id().worker, quiet_after, [loop, id = connection.id(), seen = fed_] {
            loop->post(id, [seen](base::net::Protocol& protocol, Connection& back) {
                static_cast<Link&>(protocol).quiet(seen, back);
            });
        });
    }
    void quiet(std::uint64_t seen, Connection& connection) {
        if (working_ || closed_ || stopped_ || seen != fed_) return;
        if (auto event = frames_.quiet()) {
            take(*std::move(event), connection);
            if (!closed_ && !working_) pull(connection);
        }
    }

    const std::shared_ptr<Line> line_;
    Frames frames_;
    mapping::Origin origin_;
    std::uint64_t fed_ = 0;
    std::uint64_t taken_ = 0;  // messages, so far
    std::size_t under_way_ = 0;
    std::size_t bytes_under_way_ = 0;
    bool working_ = false;     // the last message has had no word yet
    bool stopped_ = false;     // paused, or too much is under way
    bool ended_ = false;
    bool draining_ = false;
    bool closed_ = false;
};

void Line::pause() { paused_ = true; }

void Line::resume() {
    std::vector<base::net::ConnectionId> waiting;
    {
        const std::lock_guard lock(mutex_);
        paused_ = false;
        waiting.swap(parked_);
    }
    for (const auto id : waiting)
        loop->post(id, [](base::net::Protocol& protocol, Connection& connection) { static_cast<Link&>(protocol).go_on(connection); });
}

bool Line::park(base::net::ConnectionId id) {
    const std::lock_guard lock(mutex_);
    if (!paused_) return false;
    parked_.push_back(id);
    return true;
}

Line::Receiver on_workers(base::WorkerPool& workers, std::function<std::string(const std::string&)> answer,
                          std::function<void(std::string_view)> failed) {
    return [&workers, answer = std::move(answer), failed = std::move(failed)](std::string message, const mapping::Origin&, mapping::Reply reply) {
        const bool taken = workers.submit([answer, failed, message = std::move(message), reply](std::stop_token) {
            std::string said;
            try {
                said = answer(message);
            } catch (const std::exception& bug) {
                reply({{}, true, true});
                if (failed) failed(bug.what());
                throw;
            }
            reply({std::move(said)});
        });
        if (!taken) reply({{}, true, true});
    };
}

std::unique_ptr<base::net::Protocol> link(const std::shared_ptr<Line>& line, Connection& connection) {
    return std::make_unique<Link>(line, connection);
}

}  // namespace hl7v2::mllp
