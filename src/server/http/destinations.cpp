// SPDX-License-Identifier: Apache-2.0
#include "server/http/destinations.h"

#include "base/clock.h"
#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/search/parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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

Answer done(const base::Result<void>& result) { return result ? management_json(200, "{}\n") : management_fault(result.fault()); }

std::string parameter(const Call& call, std::string_view name) {
    if (const auto all = fhir::search::read_query_string(call.query()))
        for (const auto& [key, value] : *all)
            if (key == name) return value;
    return {};
}

// Nobody shall believe that nothing is dead where a word was not understood.
base::Result<std::int64_t> number(const Call& call, const char* name, std::int64_t otherwise) {
    const std::string said = parameter(call, name);
    if (said.empty()) return otherwise;
    if (const auto value = base::to_integer(said); value && *value >= 0) return *value;
    return Fault{Fault::Kind::malformed, std::string(name) + " must be a whole number", {}, base::IssueType::value};
}

Answer list(const Call& call, exchange::Outbound& outbound, const std::string& destination) {
    const auto after = number(call, "after", 0), count = number(call, "count", 50);
    if (!after || !count) return management_fault((after ? count : after).fault());
    const std::string status = parameter(call, "status");
    constexpr std::array<std::string_view, 5> known{"", "waiting", "sent", "dead", "discarded"};
    if (std::find(known.begin(), known.end(), status) == known.end())
        return management_fault({Fault::Kind::malformed, "status is waiting, sent, dead or discarded", {}, base::IssueType::value});
    const auto messages = outbound.list(destination, status, *after, static_cast<int>(std::clamp<std::int64_t>(*count, 1, 1000)));
    if (!messages) return management_fault(messages.fault());
    std::string out = "[";
    for (const Outgoing& one : *messages) out += (out.size() > 1 ? ",\n" : "") + message_json(one, false);
    return management_json(200, out + "]\n");
}

Answer all(exchange::Outbound& outbound) {
    const auto states = outbound.states();
    if (!states) return management_fault(states.fault());
    std::string out = "[";
    for (const auto& one : *states) out += (out.size() > 1 ? ",\n" : "") + state_json(one);
    return management_json(200, out + "]\n");
}

// A number that is none names nothing.
std::int64_t number_of(const std::string& segment) { return base::to_integer(segment).value_or(0); }

Answer show(exchange::Outbound& outbound, std::int64_t number) {
    const auto message = outbound.show(number);
    if (!message) return management_fault(message.fault());
    if (!*message) return management_fault({Fault::Kind::missing, "there is no such message"});
    return management_json(200, message_json(**message, true) + "\n");
}

}  // namespace

std::vector<ManagementRoute> destination_routes(std::function<exchange::Outbound&()> outbound) {
    using Segments = std::vector<std::string>;
    constexpr std::uint64_t body = 1024;  // nothing is read from it; that one may be sent makes its media type count
    return {
        {Method::get, "/destinations", [outbound](const Call&, const Segments&) { return all(outbound()); }},
        {Method::get, "/destinations/*/messages", [outbound](const Call& call, const Segments& names) { return list(call, outbound(), names[0]); }},
        {Method::get, "/destinations/messages/*", [outbound](const Call&, const Segments& names) { return show(outbound(), number_of(names[0])); }},
        {Method::post, "/destinations/*/pause", [outbound](const Call&, const Segments& names) { return done(outbound().pause(names[0], true)); }, body},
        {Method::post, "/destinations/*/resume", [outbound](const Call&, const Segments& names) { return done(outbound().pause(names[0], false)); }, body},
        {Method::post, "/destinations/messages/*/replay",
         [outbound](const Call&, const Segments& names) { return done(outbound().replay(number_of(names[0]))); }, body},
        {Method::post, "/destinations/messages/*/discard",
         [outbound](const Call& call, const Segments& names) { return done(outbound().discard(number_of(names[0]), parameter(call, "reason"))); }, body},
    };
}

}  // namespace server::http
