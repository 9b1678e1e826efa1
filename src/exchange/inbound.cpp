// SPDX-License-Identifier: Apache-2.0
#include "exchange/inbound.h"

#include "base/id.h"
#include "exchange/questions.h"
#include "mapping/beside.h"
#include "store/repository.h"

namespace exchange {

namespace {

using base::Fault;

// What is only for a moment, or our own mistake, is not the message's fate: a repeat shall be tried again.
bool passing(const Fault& fault) {
    return fault.kind == Fault::Kind::unavailable || fault.kind == Fault::Kind::stale || fault.kind == Fault::Kind::bug;
}

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
        const Fault fault{Fault::Kind::bug, "Something went wrong inside the server."};
        return tongue_.answer(bytes, &fault, id, now);
    }
}

std::string Inbound::settled(std::string_view bytes, const std::string& id, base::Micros now) {
    auto entry = journal_.record(channel_, tongue_.control_id(bytes), bytes, now);
    if (!entry) {
        ++counts_.not_kept;
        return tongue_.answer(bytes, &entry.fault(), id, now);
    }
    if (entry->repeated && !entry->status.empty() && entry->status != "received") {
        ++counts_.repeated;
        return entry->answer;
    }

    Fate fate = work(*entry, id, now);
    ++(fate.status == "answered" ? counts_.accepted : counts_.failed);
    return std::move(fate.answer);
}

// Said before anything is tried, so that whoever reads the refusal sees what is missing from the channel's plan.
base::Result<void> Inbound::may_write(const mapping::Translation& translation) const {
    for (const mapping::Entry& entry : translation.entries)
        if (plan_->create.nothing(entry.type) || plan_->update.nothing(entry.type))
            return Fault{Fault::Kind::denied, "this channel may not write " + entry.type, entry.type, base::IssueType::forbidden};
    return {};
}

Fate Inbound::work(const store::durable::Entry& entry, const std::string& id, base::Micros now) {
    if (const auto question = tongue_.question(entry.bytes)) {
        const auto found = *question ? find(**question, plan_, context_) : base::Result<mapping::Found>(question->fault());
        std::string answer = tongue_.answer_question(entry.bytes, found, id, now);
        if (!found && passing(found.fault())) return {"received", std::move(answer), found.fault()};
        // A question that cannot be answered holds nothing that an operator could save: it is done with.
        if (const auto noted = journal_.answer(entry.number, "answered", answer); !noted)
            return {"received", tongue_.answer(entry.bytes, &noted.fault(), id, now), noted.fault()};
        return {"answered", std::move(answer), {}};
    }

    // Times that the message does not tell are those of its first arrival, however late it is run.
    auto translation = tongue_.translate(entry.bytes, entry.received);
    if (translation) {
        if (context_.definitions != nullptr) mapping::put_beside(*translation, context_.definitions->now()->terminology());
        std::string answer = tongue_.answer(entry.bytes, nullptr, id, now);
        const auto settle = [&](store::Transaction& transaction) { return transaction.settle(entry.number, "answered", answer); };
        auto committed = may_write(*translation);
        if (committed)
            if (auto done = committer_.commit(*translation, settle, plan_); !done) committed = std::move(done).fault();
        if (committed) return {"answered", std::move(answer), {}};
        translation = committed.fault();
    }
    const Fault& fault = translation.fault();
    std::string answer = tongue_.answer(entry.bytes, &fault, id, now);
    if (passing(fault)) return {"received", std::move(answer), fault};
    if (const auto noted = journal_.answer(entry.number, "failed", answer); !noted)
        return {"received", tongue_.answer(entry.bytes, &noted.fault(), id, now), noted.fault()};
    return {"failed", std::move(answer), fault};
}

}  // namespace exchange
