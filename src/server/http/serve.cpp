// SPDX-License-Identifier: Apache-2.0
#include "server/http/serve.h"

#include "server/http/answer.h"

#include <new>

namespace server::http {

namespace {

using base::net::Connection;
using base::net::Phase;

class Server final : public base::net::Protocol {
public:
    explicit Server(Service& service) : service_(service), codec_(service.limits) {}

    void on_bytes(std::string_view bytes, Connection& connection) override {
        codec_.feed(bytes);
        if (working_) return codec_.keep();
        pull(connection);
    }
    void on_end(Connection& connection) override {
        ended_ = true;
        if (!working_) connection.close_after_flush();
    }
    void on_room(Connection& connection) override {
        if (!working_) pull(connection);
    }
    void on_expired(Phase phase, Connection& connection) override {
        if (phase == Phase::head || phase == Phase::body) refuse(408, "the request took too long to arrive", connection);
    }
    void on_drain(Connection& connection) override {
        ended_ = true;
        if (!working_ && !codec_.in_head() && !codec_.in_body()) connection.close_after_flush();
    }

private:
    void pull(Connection& connection) {
        for (;;) {
            if (connection.congested()) return codec_.keep();
            switch (codec_.next()) {
                case Event::head:
                    if (codec_.accept(service_.site.body_limit(codec_.head()))) connection.write(continue_line);
                    break;
                case Event::body: break;
                case Event::complete:
                    begin(connection);
                    if (working_) return codec_.keep();
                    if (closed_) return;
                    break;
                case Event::failed: return refuse(codec_.status(), codec_.reason(), connection);
                case Event::need_more:
                    if (ended_) return connection.close_after_flush();
                    return connection.phase(codec_.in_body() ? Phase::body : codec_.in_head() ? Phase::head : Phase::idle);
            }
        }
    }

    void begin(Connection& connection) {
        const Head& head = codec_.head();
        manner_ = head.manner;
        const Call call{head.method, head.path, head.fields, codec_.body(), connection.peer().address};
        if (service_.site.quick(call)) return finish(answered(service_, call), connection);

        working_ = true;
        connection.phase(Phase::working);
        connection.pause_reading(true);
        const bool taken = service_.workers.submit(
            [&service = service_, id = connection.id(), kept = std::make_shared<Kept>(call, codec_.take_body())](std::stop_token) {
                auto answer = std::make_shared<Answer>(answered(service, kept->call()));
                service.loop->post(id, [answer](base::net::Protocol& protocol, Connection& back) {
                    static_cast<Server&>(protocol).resume(std::move(*answer), back);
                });
            });
        if (taken) return;
        working_ = false;
        connection.pause_reading(false);
        ++service_.traffic.turned_away;
        finish(service_.site.refusal(503, "too many requests are waiting; try again in a moment"), connection);
    }

    // A site does not throw for what a client sent; should it, or should memory end, the client is told and the others go on.
    static Answer answered(Service& service, const Call& call) {
        try {
            return service.site.answer(call);
        } catch (const std::bad_alloc&) {
            return service.site.refusal(503, "there is not enough memory for this now; try again in a moment");
        } catch (...) {
            ++service.traffic.bugs;
            return service.site.refusal(500, "something went wrong inside the server");
        }
    }

    void resume(Answer answer, Connection& connection) {
        working_ = false;
        connection.pause_reading(false);
        finish(std::move(answer), connection);
        if (!closed_) pull(connection);
    }

    void refuse(int status, std::string_view reason, Connection& connection) {
        manner_ = codec_.head().manner;
        manner_.keep_alive = false;
        finish(service_.site.refusal(status, reason), connection);
    }

    void finish(Answer answer, Connection& connection) {
        ++service_.traffic.requests;
        ++service_.traffic.by_class[static_cast<std::size_t>(answer.status / 100) % 6];
        if (ended_) manner_.keep_alive = false;
        const Ending ending = append_head(connection.writing(), manner_,
                                          {.status = answer.status, .lines = answer.fields.text(), .length = answer.size(),
                                           .date = date()});
        if (ending.body) {
            for (interaction::Piece& piece : answer.body) {
                if (auto* own = std::get_if<std::string>(&piece)) {
                    connection.write(std::string_view(*own));
                } else {
                    connection.write(*std::get_if<1>(&piece));
                }
            }
        }
        if (!ending.close) return connection.phase(Phase::idle);  // the next head has its own time
        closed_ = true;
        connection.close_after_flush();
    }

    // The Date field changes once a second; formatting it costs more than the rest of a small head.
    std::string_view date() {
        const base::Micros second = service_.clock.now() / 1'000'000;
        if (second != date_second_) {
            date_second_ = second;
            date_ = base::http_date(second * 1'000'000);
        }
        return date_;
    }

    Service& service_;
    Codec codec_;
    Manner manner_{};
    bool working_ = false;  // an answer is being made elsewhere
    bool ended_ = false;    // no further request is wanted
    bool closed_ = false;
    base::Micros date_second_ = -1;
    std::string date_;
};

}  // namespace

std::unique_ptr<base::net::Protocol> serve(Service& service, Connection&) { return std::make_unique<Server>(service); }

}  // namespace server::http
