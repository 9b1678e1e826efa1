// SPDX-License-Identifier: Apache-2.0
#include "server/http/destinations.h"

#include "base/clock.h"
#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/search/parse.h"

#include <fmt/format.h>

namespace server::http {

namespace {

using base::Fault;
using store::durable::Outgoing;

// Text as a JSON string; of bytes that are no UTF-8 (the message of another character set) each becomes U+FFFD.
std::string quoted(std::string_view text) {
    std::string readable;
    if (!base::valid_utf8(text)) {
        for (const char c : text) static_cast<unsigned char>(c) < 0x80 ? void(readable += c) : base::append_utf8(readable, 0xFFFD);
        text = readable;
    }
    std::string out;
    fhir::codec::write_json_string(text, out);
    return out;
}

Answer json(int status, std::string body) {
    Answer answer{.status = status};
    answer.fields.emplace_back("Content-Type", "application/json");
    answer.fields.emplace_back("Cache-Control", "no-store");
    answer.body.emplace_back(body + "\n");
    return answer;
}

Answer refused(int status, std::string_view text) { return json(status, fmt::format("{{\"error\":{}}}", quoted(text))); }

Answer refused(const Fault& fault) {
    const int status = fault.kind == Fault::Kind::missing ? 404 : fault.kind == Fault::Kind::invalid ? 400 : fault.kind == Fault::Kind::conflict ? 409 : 503;
    return refused(status, fault.text);
}

std::string state_json(const exchange::DestinationState& state) {
    return fmt::format("{{\"name\":{},\"address\":{},\"paused\":{},\"connected\":{},\"followed\":{},\"waiting\":{},\"sent\":{},\"dead\":{},\"discarded\":{},"
                       "\"oldest\":{},\"tries\":{},\"accepted\":{},\"refused\":{},\"unanswered\":{},\"trouble\":{}}}",
                       quoted(state.name), quoted(state.address), state.paused, state.connected, state.followed, state.queue.waiting, state.queue.sent,
                       state.queue.dead, state.queue.discarded, state.queue.oldest == 0 ? "null" : quoted(base::instant(state.queue.oldest)), state.tries,
                       state.accepted, state.refused, state.unanswered, quoted(state.trouble));
}

std::string message_json(const Outgoing& message, bool whole) {
    std::string out = fmt::format("{{\"number\":{},\"destination\":{},\"kind\":{},\"controlId\":{},\"subject\":{},\"position\":{},\"lane\":{},\"made\":{},\"due\":{},"
                                  "\"attempts\":{},\"status\":{},\"reason\":{}",
                                  message.number, quoted(message.destination), quoted(message.kind), quoted(message.control_id), quoted(message.subject),
                                  message.position, quoted(message.lane), quoted(base::instant(message.made)), quoted(base::instant(message.due)), message.attempts,
                                  quoted(message.status), quoted(message.reason));
    if (whole) out += fmt::format(",\"message\":{},\"answer\":{}", quoted(message.bytes), quoted(message.answer));
    return out + "}";
}

Answer done(const base::Result<void>& result) { return result ? json(200, "{}") : refused(result.fault()); }

std::string parameter(const Call& call, std::string_view name) {
    if (const auto all = fhir::search::read_query_string(call.query()))
        for (const auto& [key, value] : *all)
            if (key == name) return value;
    return {};
}

Answer list(const Call& call, exchange::Outbound& outbound, const std::string& destination) {
    const auto after = base::to_integer(parameter(call, "after")).value_or(0);
    const auto count = std::clamp<std::int64_t>(base::to_integer(parameter(call, "count")).value_or(50), 1, 1000);
    const auto messages = outbound.list(destination, parameter(call, "status"), after, static_cast<int>(count));
    if (!messages) return refused(messages.fault());
    std::string out = "[";
    for (const Outgoing& one : *messages) out += (out.size() > 1 ? ",\n" : "") + message_json(one, false);
    return json(200, out + "]");
}

Answer all(exchange::Outbound& outbound) {
    const auto states = outbound.states();
    if (!states) return refused(states.fault());
    std::string out = "[";
    for (const auto& one : *states) out += (out.size() > 1 ? ",\n" : "") + state_json(one);
    return json(200, out + "]");
}

}  // namespace

std::optional<Answer> answer_destinations(const Call& call, exchange::Outbound& outbound) {
    std::vector<std::string> parts;
    for (const auto part : base::split(call.path().substr(call.path().empty() ? 0 : 1), '/')) {
        auto decoded = base::percent_decode(part, false);
        if (!decoded) return std::nullopt;
        parts.push_back(std::move(*decoded));
    }
    if (parts.empty() || parts[0] != "destinations") return std::nullopt;
    const bool get = call.method == Method::get || call.method == Method::head;
    const bool post = call.method == Method::post;
    if (!get && !post) return refused(405, "only GET and POST");
    if (post && !call.field("Content-Type").starts_with("application/json")) return refused(415, "a POST needs Content-Type: application/json");
    if (get && parts.size() == 1) return all(outbound);
    if (parts.size() >= 3 && parts[1] == "messages") {
        const auto number = base::to_integer(parts[2]);
        if (!number) return refused(404, "messages have numbers");
        if (get && parts.size() == 3) {
            const auto message = outbound.show(*number);
            if (!message) return refused(message.fault());
            return *message ? json(200, message_json(**message, true)) : refused(404, "there is no such message");
        }
        if (post && parts.size() == 4 && parts[3] == "replay") return done(outbound.replay(*number));
        if (post && parts.size() == 4 && parts[3] == "discard") return done(outbound.discard(*number, parameter(call, "reason")));
    } else if (parts.size() == 3) {
        if (get && parts[2] == "messages") return list(call, outbound, parts[1]);
        if (post && (parts[2] == "pause" || parts[2] == "resume")) return done(outbound.pause(parts[1], parts[2] == "pause"));
    }
    return refused(404, "there is nothing at this path");
}

}  // namespace server::http
