// SPDX-License-Identifier: Apache-2.0
#include "exchange/desk.h"

#include "base/id.h"
#include "exchange/desk_report.h"
#include "fhir/codec/json.h"
#include "mapping/bundle.h"

#include <algorithm>

namespace exchange {

using base::Fault;
using store::durable::Settlement;

namespace {

Fault no_bytes() { return {Fault::Kind::gone, "the message's bytes were taken away after journal.keep"}; }

}  // namespace

base::Result<Desk::Entry> Desk::read(std::int64_t number) {
    TRY(auto entry, journal_.read(number));
    if (!entry) return Fault{Fault::Kind::missing, "there is no message " + std::to_string(number)};
    return *std::move(entry);
}

base::Result<std::vector<Desk::Wrote>> Desk::wrote(const Entry& entry, int most) {
    std::vector<Wrote> all;
    if (entry.wrote_until <= entry.wrote_after) return all;
    const auto count = static_cast<int>(std::min<std::int64_t>(entry.wrote_until - entry.wrote_after, most));
    TRY(const auto changes, ledger_.read(entry.wrote_after, count));
    for (const store::LedgerEntry& one : changes)
        if (one.position <= entry.wrote_until) all.push_back({one.type, one.id, one.version});
    return all;
}

base::Result<std::shared_ptr<Inbound>> Desk::channel_of(const Entry& entry) {
    auto channel = channels_(entry.channel);
    if (channel == nullptr) return Fault{Fault::Kind::missing, "there is no channel " + entry.channel + " now"};
    return channel;
}

base::Result<std::string> Desk::tree(const Entry& entry) {
    if (!entry.kept) return no_bytes();
    TRY(const auto channel, channel_of(entry));
    return channel->tongue().describe(entry.bytes);
}

base::Result<mapping::Translation> Desk::translation(const Entry& entry) {
    if (!entry.kept) return no_bytes();
    TRY(const auto channel, channel_of(entry));
    return channel->understand(entry, mapping::Traced::yes);
}

base::Result<std::string> Desk::bundle(const Entry& entry) {
    TRY(const auto made, translation(entry));
    TRY(const auto document, mapping::transaction(made, context_.schema.names()));
    return fhir::codec::to_json(document.root());
}

base::Result<std::string> Desk::trace(const Entry& entry) {
    TRY(const auto made, translation(entry));
    return trace_json(made);
}

base::Result<Desk::Ran> Desk::run(const Entry& entry, const std::string& by) {
    TRY(const auto channel, channel_of(entry));
    Fate fate = channel->replay(entry, by);
    return Ran{entry.number, fate.state, std::move(fate.fault)};
}

base::Result<Desk::Ran> Desk::replay(std::int64_t number, const std::string& by) {
    TRY(const Entry entry, read(number));
    if (entry.state == State::replayed)
        return Fault{Fault::Kind::conflict, "another entry stands for message " + std::to_string(number) + ": its corrected copy"};
    if (!entry.kept) return no_bytes();
    return run(entry, by);
}

base::Result<Desk::Batch> Desk::replay_all(Wanted wanted, const std::string& by, base::Micros longest) {
    const std::unique_lock alone(replaying_, std::try_to_lock);
    if (!alone) return Fault{Fault::Kind::unavailable, "another replay is under way"};
    if (!wanted.state) wanted.state = State::failed;
    if (*wanted.state == State::replayed) return Fault{Fault::Kind::invalid, "what a corrected copy stands for is not replayed"};
    wanted.newest_first = false;
    // Without an end a sender that keeps being refused would keep this going for ever.
    if (wanted.until == 0) wanted.until = context_.clock.now() + 1;
    const base::Micros end = context_.clock.now() + longest;
    Batch batch;
    batch.until = wanted.until;
    TRY(const auto entries, journal_.list(wanted));
    for (const Entry& listed : entries) {
        if (context_.clock.now() >= end && !batch.ran.empty()) {
            batch.next = batch.ran.back().number;
            return batch;
        }
        TRY(const Entry entry, read(listed.number));
        if (entry.state != *wanted.state) {  // settled since it was listed
            batch.ran.push_back({entry.number, entry.state});
            continue;
        }
        if (!entry.kept) {
            batch.ran.push_back({entry.number, entry.state, no_bytes()});
            continue;
        }
        auto ran = run(entry, by);
        if (!ran) {
            batch.ran.push_back({entry.number, entry.state, ran.fault()});
            continue;
        }
        batch.ran.push_back(*std::move(ran));
        const auto& fault = batch.ran.back().fault;
        if (fault && fault->kind == Fault::Kind::unavailable) {
            batch.stopped = fault;
            return batch;
        }
    }
    if (static_cast<int>(entries.size()) == wanted.count) batch.next = entries.back().number;
    return batch;
}

base::Result<Desk::Ran> Desk::edit(std::int64_t number, std::string_view bytes, const std::string& by) {
    TRY(const Entry entry, read(number));
    TRY(const auto channel, channel_of(entry));
    const base::Micros now = context_.clock.now();
    Settlement settlement{.state = State::replayed, .from = entry.state, .reason = entry.reason, .account = entry.account, .by = by, .time = now};
    // Accepted once: the sender has heard so. The reason is what a later replay met; refused_origins() must not take it for a refusal.
    if (entry.state == State::answered) settlement.reason = {};
    // One copy stands for an entry: a second one with other bytes is a conflict, and the same one is found again.
    if (entry.state == State::replayed) settlement.from = State::failed;
    if (entry.state == State::received) {
        const Fault fault{Fault::Kind::conflict, "An operator corrects this message."};
        settlement.answer = channel->tongue().answer(entry.bytes, &fault, base::new_id(now), now);
        settlement.reason = {fault.text, "conflict", base::spelling(fault.type), {}};
    }
    TRY(const Entry copy, journal_.amend(number, settlement, channel->tongue().control_id(bytes), bytes));
    if (copy.state != State::received) return Ran{copy.number, copy.state};  // it is there, and has been run
    return run(copy, by);
}

base::Result<Desk::Entry> Desk::discard(std::int64_t number, const std::string& reason, const std::string& by) {
    TRY(const Entry entry, read(number));
    if (entry.state == State::discarded) return entry;
    if (entry.state == State::answered) return Fault{Fault::Kind::conflict, "message " + std::to_string(number) + " was accepted; there is nothing to discard"};
    if (entry.state == State::replayed)
        return Fault{Fault::Kind::conflict, "a corrected copy stands for message " + std::to_string(number) + ": discard that one"};
    const base::Micros now = context_.clock.now();
    Settlement settlement{.state = State::discarded, .from = entry.state, .reason = entry.reason, .account = entry.account, .by = by, .time = now};
    settlement.reason.text = reason;
    const auto channel = channels_(entry.channel);
    if (entry.state == State::received) {
        const Fault fault{Fault::Kind::invalid, "An operator has put this message aside.", {}, base::IssueType::business_rule};
        if (channel != nullptr) settlement.answer = channel->tongue().answer(entry.bytes, &fault, base::new_id(now), now);
        settlement.reason.kind = "invalid";
        settlement.reason.type = base::spelling(fault.type);
    }
    TRY(journal_.settle(number, settlement));
    return read(number);
}

base::Result<int> Desk::resume() {
    int ran = 0;
    Wanted wanted{.state = State::received};
    while (true) {
        TRY(const auto entries, journal_.list(wanted));
        for (const Entry& listed : entries) {
            if (listed.origin == 0) continue;
            TRY(const Entry entry, read(listed.number));
            if (entry.state != State::received || !run(entry, entry.by)) continue;
            ++ran;
        }
        if (static_cast<int>(entries.size()) < wanted.count) return ran;
        wanted.after = entries.back().number;
    }
}

}  // namespace exchange
