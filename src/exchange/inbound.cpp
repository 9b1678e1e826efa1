// SPDX-License-Identifier: Apache-2.0
#include "exchange/inbound.h"

#include "base/id.h"
#include "exchange/account.h"
#include "exchange/questions.h"
#include "store/repository.h"

namespace exchange {

namespace {

using base::Fault;
using store::durable::Entry;
using store::durable::Settlement;
using store::durable::State;

constexpr int longest_chain = 100;  // copies of copies whose senders are told

// What is only for a moment, or our own mistake, is not the message's fate: a repeat shall be tried again.
bool passing(const Fault& fault) {
    return fault.kind == Fault::Kind::unavailable || fault.kind == Fault::Kind::stale || fault.kind == Fault::Kind::bug;
}

Fault our_mistake() { return {Fault::Kind::bug, "Something went wrong inside the server."}; }

}  // namespace

Inbound::Inbound(std::string channel, const mapping::Tongue& tongue, store::durable::Journal& journal,
                 const interaction::Context& context, Committer& committer, permission::Held plan)
    : channel_(std::move(channel)), tongue_(tongue), journal_(journal), context_(context), committer_(committer),
      plan_(std::move(plan)) {}

std::string Inbound::receive(std::string_view bytes) {
    const base::Micros now = context_.clock.now();
    const std::string id = base::new_id(now);
    try {
        return settled(bytes, id, now);
    } catch (const std::exception&) {
        // Our own mistake: the sender is told so like of anything else, and its link goes on.
        if (context_.bugs != nullptr) ++*context_.bugs;
        ++counts_.failed;
        const Fault fault = our_mistake();
        return tongue_.answer(bytes, &fault, id, now);
    }
}

std::string Inbound::settled(std::string_view bytes, const std::string& id, base::Micros now) {
    const auto entry = journal_.record(channel_, tongue_.control_id(bytes), bytes, now);
    if (!entry) {
        ++counts_.not_kept;
        return tongue_.answer(bytes, &entry.fault(), id, now);
    }
    if (entry->repeated && entry->state != State::received) {
        ++counts_.repeated;
        return entry->answer;
    }
    Fate fate = work(*entry, {}, id, now);
    ++(fate.state == State::answered && !fate.fault ? counts_.accepted : counts_.failed);
    return std::move(fate.answer);
}

// Said before anything is tried, so that whoever reads the refusal sees what is missing from the channel's plan.
base::Result<void> Inbound::may_write(const mapping::Translation& translation) const {
    for (const mapping::Entry& entry : translation.entries)
        if (plan_->create.nothing(entry.type) || plan_->update.nothing(entry.type))
            return Fault{Fault::Kind::denied, "this channel may not write " + entry.type, entry.type, base::IssueType::forbidden};
    return {};
}

Fate Inbound::replay(const Entry& entry, const std::string& by) {
    const base::Micros now = context_.clock.now();
    ++counts_.replayed;
    try {
        return work(entry, by, base::new_id(now), now);
    } catch (const std::exception&) {
        if (context_.bugs != nullptr) ++*context_.bugs;
        return {entry.state, entry.answer, our_mistake()};
    }
}

base::Result<mapping::Translation> Inbound::understand(const Entry& entry, mapping::Traced traced) const {
    const auto known = context_.definitions == nullptr ? nullptr : context_.definitions->now();
    // Times that the message does not tell are those of its first arrival, however late it is run.
    return mapping::understand(tongue_, entry.bytes, entry.received, known == nullptr ? nullptr : &known->terminology(), traced);
}

Fate Inbound::work(const Entry& entry, const std::string& by, const std::string& id, base::Micros now) {
    if (const auto question = tongue_.question(entry.bytes)) return look_up(entry, *question, by, id, now);
    const auto translation = understand(entry);
    if (!translation) return fail(entry, translation.fault(), account_of(translation.fault()), by, id, now);

    Settlement settlement{.from = entry.state, .by = by, .time = now};
    if (entry.state != State::answered) settlement.answer = tongue_.answer(entry.bytes, nullptr, id, now);
    if (const auto may = may_write(*translation); !may) return fail(entry, may.fault(), account_of(*translation), by, id, now);
    const auto origins = refused_origins(entry);
    if (!origins) return fail(entry, origins.fault(), account_of(*translation), by, id, now);

    bool overtaken = false;
    const store::Work settle = [&](store::Transaction& transaction) -> base::Result<void> {
        auto done = entry.number > 0 ? transaction.settle(entry.number, settlement)
                                     : transaction.enter({entry.channel, entry.control_id, entry.bytes, entry.received}, settlement);
        overtaken = !done && done.fault().kind == Fault::Kind::conflict;
        if (!done) return done;
        // What this entry corrects was refused: its sender may hear now that it has been accepted.
        for (const Entry& origin : *origins) {
            Settlement heard{.state = State::replayed, .from = State::replayed, .answer = tongue_.answer(origin.bytes, nullptr, id, now),
                             .reason = origin.reason, .account = origin.account, .time = now};
            heard.reason.kind.clear();
            TRY(transaction.settle(origin.number, heard));
        }
        return done;
    };
    const auto committed = committer_.commit(*translation, [&](const base::Findings& findings) {
        settlement.account = account_of(*translation, findings);
        return settle;
    }, plan_);
    if (committed) {
        counts_.residue += translation->residue.size();
        return {State::answered, settlement.answer ? *std::move(settlement.answer) : entry.answer, {}};
    }
    if (overtaken && entry.number == 0) {
        // It came on another way at the same time.
        const auto there = journal_.find(entry.channel, entry.control_id, entry.bytes);
        if (there && *there && (*there)->state == State::received) return work(**there, by, id, now);
        if (there && *there) return as_it_stands(**there, committed.fault());
    }
    if (overtaken) return as_it_stands(entry, committed.fault());
    return fail(entry, committed.fault(), account_of(*translation, committed.fault().findings), by, id, now);
}

// An entry that would have come with its fate comes now, alone. What is over with it, if that is all.
std::optional<Fate> Inbound::keep(Entry& entry, const std::string& id, base::Micros now) {
    if (entry.number > 0) return std::nullopt;
    auto kept = journal_.record(entry.channel, entry.control_id, entry.bytes, entry.received);
    if (!kept) return Fate{State::received, tongue_.answer(entry.bytes, &kept.fault(), id, now), kept.fault(), false};
    entry = *std::move(kept);
    if (entry.state == State::received) return std::nullopt;
    return as_it_stands(entry, {Fault::Kind::conflict, "the message came on another way at the same time"});
}

// A question that cannot be answered holds nothing that an operator could save: it is done with. One that has an answer keeps it.
Fate Inbound::look_up(const Entry& asked, const base::Result<mapping::Question>& question, const std::string& by, const std::string& id,
                      base::Micros now) {
    if (asked.state == State::answered) return {asked.state, asked.answer, {}};
    Entry entry = asked;
    if (auto over = keep(entry, id, now)) return *std::move(over);
    const auto found = question ? find(*question, plan_, context_) : base::Result<mapping::Found>(question.fault());
    Fate fate{State::answered, tongue_.answer_question(entry.bytes, found, id, now), {}};
    if (!found) fate.fault = found.fault();
    if (!found && passing(found.fault())) {
        fate.state = entry.state;
        return fate;
    }
    const auto noted = journal_.settle(entry.number, {.from = entry.state, .answer = fate.answer, .by = by, .time = now});
    if (noted) return fate;
    if (noted.fault().kind == Fault::Kind::conflict) return as_it_stands(entry, noted.fault());
    return {entry.state, tongue_.answer(entry.bytes, &noted.fault(), id, now), noted.fault()};
}

Fate Inbound::fail(const Entry& failed, const Fault& fault, store::durable::Account account, const std::string& by, const std::string& id,
                   base::Micros now) {
    Entry entry = failed;
    if (auto over = keep(entry, id, now)) return *std::move(over);
    const bool unanswered = entry.state == State::received;
    std::string answer = unanswered ? tongue_.answer(entry.bytes, &fault, id, now) : entry.answer;
    if (passing(fault)) return {entry.state, std::move(answer), fault};
    Settlement settlement{.state = State::failed, .from = entry.state, .reason = reason_of(fault), .account = std::move(account), .by = by, .time = now};
    if (unanswered) settlement.answer = answer;
    if (entry.state == State::answered) {
        // It was stored and stays so; the entry only remembers what the replay met.
        settlement.state = State::answered;
        settlement.account = entry.account;
    }
    const auto noted = journal_.settle(entry.number, settlement);
    if (noted) return {settlement.state, std::move(answer), fault};
    if (noted.fault().kind == Fault::Kind::conflict) return as_it_stands(entry, noted.fault());
    return {entry.state, unanswered ? tongue_.answer(entry.bytes, &noted.fault(), id, now) : std::move(answer), noted.fault()};
}

// Somebody else has settled the entry meanwhile: what counts is what is written there.
Fate Inbound::as_it_stands(const Entry& seen, const Fault& otherwise) {
    const auto entry = journal_.read(seen.number);
    if (!entry || !*entry) return {State::received, {}, otherwise};
    Fate fate{(*entry)->state, (*entry)->answer, {}};
    if (fate.state != State::answered) fate.fault = otherwise;
    return fate;
}

// The entries that this one corrects, directly or by other copies, as far as their senders still hear a refusal.
base::Result<std::vector<Entry>> Inbound::refused_origins(const Entry& entry) {
    std::vector<Entry> origins;
    if (entry.state == State::answered) return origins;
    std::int64_t number = entry.origin;
    while (number != 0 && static_cast<int>(origins.size()) < longest_chain) {
        TRY(auto origin, journal_.read(number));
        if (!origin || origin->state != State::replayed || origin->reason.kind.empty()) break;
        number = origin->origin;
        if (origin->kept) origins.push_back(*std::move(origin));
    }
    return origins;
}

}  // namespace exchange
