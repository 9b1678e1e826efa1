// SPDX-License-Identifier: Apache-2.0
#include "exchange/outbound.h"

#include "exchange/outbound_destination.h"

#include <fmt/format.h>

#include <algorithm>

namespace exchange {

using base::Fault;
using store::durable::Outgoing;

Outbound::Outbound(const interaction::Context& context, store::Ledger& ledger, store::durable::Outbox& outbox, store::durable::Records& records,
                   const mapping::Composer& composer, base::Logger& log)
    : context_(context), ledger_(ledger), outbox_(outbox), records_(records), composer_(composer), log_(log) {}

Outbound::~Outbound() { stop(); }

base::Result<void> Outbound::add(DestinationRules rules, std::unique_ptr<const mapping::Speaker> speaker, std::unique_ptr<Wire> wire) {
    auto made = std::make_unique<Destination>(*this, std::move(rules), std::move(speaker), std::move(wire));
    TRY(made->prepare());
    destinations_.push_back(std::move(made));
    return {};
}

void Outbound::start() {
    for (const auto& one : destinations_) one->start();
}

void Outbound::stop() {
    for (const auto& one : destinations_) one->ask_to_stop();
    for (const auto& one : destinations_) one->join();
}

base::Result<std::vector<DestinationState>> Outbound::states() const {
    TRY(auto counts, outbox_.counts());
    std::vector<DestinationState> all;
    for (const auto& one : destinations_) {
        all.push_back(one->state());
        all.back().queue = counts[one->name()];
    }
    return all;
}

base::Result<std::vector<Outgoing>> Outbound::list(const std::string& destination, const std::string& status, std::int64_t after, int count) const {
    return outbox_.list(destination, status, after, count);
}

base::Result<std::optional<Outgoing>> Outbound::show(std::int64_t number) const { return outbox_.read(number); }

base::Result<void> Outbound::replay(std::int64_t number) {
    TRY(outbox_.revive(number, context_.clock.now()));
    for (const auto& one : destinations_) one->wake();
    return {};
}

base::Result<void> Outbound::discard(std::int64_t number, const std::string& reason) {
    if (reason.empty()) return Fault{Fault::Kind::invalid, "say why it is discarded"};
    auto done = outbox_.settle(number, "discarded", reason, "", context_.clock.now());
    if (!done && done.fault().kind == Fault::Kind::missing) return Fault{Fault::Kind::missing, "no such message waits or is dead"};
    TRY(std::move(done));
    for (const auto& one : destinations_) one->wake();
    return {};
}

base::Result<void> Outbound::pause(const std::string& destination, bool paused) {
    for (const auto& one : destinations_)
        if (one->name() == destination) return one->pause(paused);
    return Fault{Fault::Kind::missing, "there is no destination " + destination};
}

std::string Outbound::metrics() const {
    const auto all = states();
    if (!all || all->empty()) return {};
    std::string out;
    const auto family = [&](std::string_view name, std::string_view what, std::string_view kind, auto&& value) {
        fmt::format_to(std::back_inserter(out), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, what, kind);
        for (const DestinationState& one : *all) fmt::format_to(std::back_inserter(out), "{}{{destination=\"{}\"}} {}\n", name, one.name, value(one));
    };
    const base::Micros now = context_.clock.now();
    family("andiron_destination_waiting", "Messages that wait to be sent.", "gauge", [](const DestinationState& one) { return one.queue.waiting; });
    family("andiron_destination_dead", "Messages that wait for an operator.", "gauge", [](const DestinationState& one) { return one.queue.dead; });
    family("andiron_destination_oldest_seconds", "How long the oldest of those that wait has waited.", "gauge",
           [now](const DestinationState& one) { return one.queue.oldest == 0 ? 0 : (now - one.queue.oldest) / 1'000'000; });
    family("andiron_destination_connected", "1: there is a connection.", "gauge", [](const DestinationState& one) { return one.connected ? 1 : 0; });
    family("andiron_destination_paused", "1: an operator holds it back.", "gauge", [](const DestinationState& one) { return one.paused ? 1 : 0; });
    family("andiron_destination_tries_total", "Messages sent, repeats included.", "counter", [](const DestinationState& one) { return one.tries; });
    family("andiron_destination_accepted_total", "Positive acknowledgements.", "counter", [](const DestinationState& one) { return one.accepted; });
    family("andiron_destination_refused_total", "Negative acknowledgements.", "counter", [](const DestinationState& one) { return one.refused; });
    family("andiron_destination_unanswered_total", "Tries without an acknowledgement.", "counter", [](const DestinationState& one) { return one.unanswered; });
    return out;
}

}  // namespace exchange
