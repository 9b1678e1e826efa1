// SPDX-License-Identifier: Apache-2.0
#include "exchange/inbound.h"

#include "base/id.h"
#include "fhir/codec/json.h"
#include "interaction/dispatch.h"
#include "mapping/bundle.h"

#include <bitset>
#include <vector>

namespace exchange {

namespace {

using base::Fault;

constexpr int most_attempts = 100;  // those under way, and writes that come over HTTP, may be first as often as this

// What is stored under that name now; nothing when it never was there or is deleted.
base::Result<std::optional<mapping::Stored>> current(const mapping::Entry& entry, const interaction::Context& context) {
    interaction::Request request;
    request.plan = permission::unlimited();
    request.verb = interaction::Verb::read;
    request.type = entry.type;
    request.id = entry.id;
    auto response = interaction::dispatch(request, context);
    if (!response) {
        const Fault::Kind kind = response.fault().kind;
        if (kind == Fault::Kind::missing || kind == Fault::Kind::gone) return std::optional<mapping::Stored>{};
        return std::move(response).fault();
    }
    TRY(fhir::Document document, fhir::codec::read_json(response->text(), context.schema.names()));
    return std::optional<mapping::Stored>(mapping::Stored{std::move(document), response->version});
}

// What is only for a moment, or our own mistake, is not the message's fate: a repeat shall be tried again.
bool passing(const Fault& fault) {
    return fault.kind == Fault::Kind::unavailable || fault.kind == Fault::Kind::stale || fault.kind == Fault::Kind::bug;
}

}  // namespace

// Says for as long as it lives that somebody takes turns at these stripes.
struct Inbound::Turn {
    Turn(Stripes& all, const std::bitset<stripe_count>& mine) : stripes(all), touched(mine) { add(1); }
    ~Turn() { add(-1); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    void add(int count) {
        for (std::size_t i = 0; i < stripe_count; ++i)
            if (touched.test(i)) stripes[i].waiting += count;
    }
    Stripes& stripes;
    const std::bitset<stripe_count> touched;
};

Inbound::Inbound(std::string channel, const mapping::Tongue& tongue, store::durable::Journal& journal,
                 const interaction::Context& context)
    : channel_(std::move(channel)), tongue_(tongue), journal_(journal), context_(context) {}

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

    auto translation = tongue_.translate(bytes, now);
    if (translation) {
        std::string answer = tongue_.answer(bytes, nullptr, id, now);
        const auto committed = commit(*translation, entry->number, answer);
        if (committed) {
            ++counts_.accepted;
            return answer;
        }
        translation = committed.fault();
    }
    ++counts_.failed;
    std::string answer = tongue_.answer(bytes, &translation.fault(), id, now);
    if (!passing(translation.fault())) {
        if (const auto noted = journal_.answer(entry->number, "failed", answer); !noted)
            return tongue_.answer(bytes, &noted.fault(), id, now);
    }
    return answer;
}

base::Result<void> Inbound::commit(const mapping::Translation& translation, std::int64_t entry, const std::string& answer) {
    std::bitset<stripe_count> touched;
    bool crowded = false;
    for (const mapping::Entry& item : translation.entries)
        if (item.mode == mapping::Entry::Mode::merge) {
            const std::size_t stripe = std::hash<std::string>{}(item.type + '/' + item.id) % stripe_count;
            touched.set(stripe);
            crowded = crowded || stripes_[stripe].waiting > 0;
        }

    // Most messages are alone with what they touch, and nobody shall wait for another's disk: what was read is a condition of
    // the commit, and when it has changed meanwhile the merge is done again. Where somebody takes turns, one that comes later
    // queues behind: else those that come later could win each time, and the one in front would try in vain.
    if (!crowded) {
        auto outcome = attempt(translation, entry, answer);
        if (outcome || outcome.fault().kind != Fault::Kind::stale) return outcome;
    }

    // Those that met take turns. Locks are taken in one order, so nobody waits in a circle.
    std::vector<std::unique_lock<std::mutex>> locks;
    const Turn turn(stripes_, touched);
    for (std::size_t i = 0; i < stripe_count; ++i)
        if (touched.test(i)) locks.emplace_back(stripes_[i].mutex);

    for (int attempts = 1;; ++attempts) {
        auto outcome = attempt(translation, entry, answer);
        if (outcome || outcome.fault().kind != Fault::Kind::stale || attempts == most_attempts) return outcome;
    }
}

base::Result<void> Inbound::attempt(const mapping::Translation& translation, std::int64_t entry, const std::string& answer) {
    interaction::Request request;
    request.plan = permission::unlimited();
    request.verb = interaction::Verb::batch;
    request.wanted = interaction::Request::Return::minimal;
    request.with_commit = [entry, &answer](store::Transaction& transaction) {
        return transaction.settle(entry, "answered", answer);
    };
    TRY(request.body, mapping::transaction(translation, context_.schema.names(),
                                           [this](const mapping::Entry& item) { return current(item, context_); }));
    TRY(interaction::dispatch(request, context_));
    return {};
}

}  // namespace exchange
