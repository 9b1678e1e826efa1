// SPDX-License-Identifier: Apache-2.0
#include "app/desk_wiring.h"

#include "exchange/desk_report.h"
#include "server/http/desk_routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>

namespace app {

namespace {

constexpr int swept_at_once = 200;                  // entries of one commit: other writers wait that long
constexpr std::chrono::milliseconds between_parts{20};
constexpr std::chrono::minutes between_sweeps{10};

// False when it was asked to stop meanwhile.
bool rest(const std::stop_token& stop, std::chrono::milliseconds time) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
}

// A label's value, as the text format wants it.
std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '\\' || c == '"') out += '\\';
        out += c == '\n' ? ' ' : c;
    }
    return out + '"';
}

}  // namespace

DeskWiring::DeskWiring(const base::Settings& settings, base::Logger& log, store::durable::Journal& journal, store::Ledger& ledger,
                       const interaction::Context& context, exchange::Desk::Channels channels)
    : settings_(settings), log_(log), journal_(journal), clock_(context.clock), desk_(journal, ledger, context, std::move(channels)) {}

std::vector<server::http::ManagementRoute> DeskWiring::routes() {
    return server::http::desk_routes(desk_, log_, clock_, static_cast<std::uint64_t>(settings_.integer("mllp.message")));
}

server::http::Check DeskWiring::check() {
    const auto wrong = [this]() -> std::string {
        const std::int64_t most = settings_.integer("desk.not_ready_above");
        if (most == 0) return {};
        const auto tally = journal_.counts();
        if (!tally) return tally.fault().text;
        return tally->all.failed > most ? fmt::format("{} failed messages wait, more than {}", tally->all.failed, most) : std::string();
    };
    const auto facts = [this]() -> std::string {
        const auto tally = journal_.counts();
        return tally ? exchange::counts_json(*tally, clock_.now()) : std::string();
    };
    return {"desk", wrong, facts};
}

std::string DeskWiring::metrics() const {
    const auto tally = journal_.counts();
    if (!tally) return {};
    std::string out;
    const auto gauge = [&](std::string_view name, std::string_view what, double value) {
        out += fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n{0} {2}\n", name, what, value);
    };
    gauge("andiron_journal_failed", "Messages in the journal that wait for an operator.", static_cast<double>(tally->all.failed));
    gauge("andiron_journal_open", "Messages in the journal without an answer yet.", static_cast<double>(tally->all.received));
    gauge("andiron_journal_oldest_open_seconds", "Age of the oldest message without an answer.",
          tally->oldest == 0 ? 0 : static_cast<double>(std::max<base::Micros>(clock_.now() - tally->oldest, 0)) / 1e6);
    out += "# HELP andiron_journal_messages Messages in the journal.\n# TYPE andiron_journal_messages gauge\n";
    for (const auto& [channel, counts] : tally->channels)
        for (const auto state : store::durable::all_states)
            out += fmt::format("andiron_journal_messages{{channel={},status=\"{}\"}} {}\n", quoted(channel), spelling(state), counts.of(state));
    return out;
}

void DeskWiring::start() {
    worker_ = std::jthread([this](const std::stop_token& stop) { work(stop); });
}

void DeskWiring::stop() {
    worker_.request_stop();
    if (worker_.joinable()) worker_.join();
}

void DeskWiring::work(const std::stop_token& stop) {
    const auto resumed = desk_.resume();
    if (!resumed) log_.error("desk.not_resumed", {{"text", resumed.fault().text}});
    else if (*resumed > 0) log_.info("desk.resumed", {{"copies", *resumed}});
    if (settings_.integer("journal.keep") == 0) return;
    do {
        sweep(stop);
    } while (rest(stop, between_sweeps));
}

void DeskWiring::sweep(const std::stop_token& stop) {
    std::int64_t taken = 0;
    while (!stop.stop_requested()) {
        const auto swept = journal_.sweep(clock_.now() - settings_.integer("journal.keep") * 1000, swept_at_once);
        if (!swept) {
            log_.error("journal.not_swept", {{"text", swept.fault().text}});
            break;
        }
        taken += swept->taken;
        if (!swept->more || !rest(stop, between_parts)) break;
    }
    if (taken > 0) log_.info("journal.swept", {{"messages", taken}});
}

}  // namespace app
