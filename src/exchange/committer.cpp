// SPDX-License-Identifier: Apache-2.0
#include "exchange/committer.h"

#include "exchange/commit_plan.h"
#include "interaction/dispatch.h"

#include <bitset>
#include <vector>

namespace exchange {

namespace {

using base::Fault;

constexpr int most_attempts = 100;  // those under way, and writes that come over HTTP, may be first as often as this

base::Result<void> attempt(const mapping::Translation& translation, const Committer::WithCommit& with_commit, const permission::Held& plan,
                           const interaction::Context& all, Unchanged& unchanged, std::vector<store::Name>& contended) {
    // Search parameters as they are at this moment, for all that an attempt looks up.
    const auto parameters = interaction::search_parameters_now(all);
    const interaction::Context context = all.with(*parameters);
    TRY(CommitPlan made, CommitPlan::make(translation, context, unchanged));
    contended = made.contended();
    interaction::Request request;
    request.plan = plan;
    request.verb = interaction::Verb::batch;
    request.wanted = interaction::Request::Return::minimal;
    request.parts = made.parts();
    request.holds = [&](store::Transaction& transaction) { return made.holds(transaction); };
    TRY(const auto writes, made.writes(request));
    const store::Work beside = with_commit ? with_commit(made.findings()) : store::Work{};
    request.with_commit = [&](store::Transaction& transaction) -> base::Result<void> {
        TRY(made.inside(writes, transaction));
        return beside ? beside(transaction) : base::Result<void>{};
    };
    TRY(interaction::dispatch(request, context));
    return {};
}

}  // namespace

// Says for as long as it lives that somebody takes turns at these stripes.
struct Committer::Turn {
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

base::Result<void> Committer::commit(const mapping::Translation& translation, const WithCommit& with_commit,
                                     const permission::Held& plan) {
    const auto stripe_of = [](const std::string& type, const std::string& id) { return std::hash<std::string>{}(type + '/' + id) % stripe_count; };
    // Most messages are alone with what they change, and nobody shall wait for another's disk: what was read is a condition of
    // the commit, and when it has changed meanwhile the merge is done again. Where somebody takes his turn, one that comes later lets him
    // go first, else those that come later could win each time and the one in front would try in vain; it waits at the gate and holds nothing,
    // else everybody who speaks of one ward would stand in line behind the disk.
    for (const mapping::Entry& item : translation.entries) {
        if (item.mode != mapping::Entry::Mode::merge) continue;
        Stripe& stripe = stripes_[stripe_of(item.type, item.id)];
        if (stripe.waiting == 0) continue;
        const std::lock_guard gate(stripe.mutex);
    }
    std::vector<store::Name> contended;
    auto first = attempt(translation, with_commit, plan, context_, unchanged_, contended);
    if (first || first.fault().kind != Fault::Kind::stale) return first;

    std::bitset<stripe_count> touched;
    for (const store::Name& name : contended) touched.set(stripe_of(name.type, name.id));

    // Those that met take turns, at what they met over: the ward and the surgeon stand in every message, but hardly one changes them.
    // Locks are taken in one order, so nobody waits in a circle.
    std::vector<std::unique_lock<std::mutex>> locks;
    const Turn turn(stripes_, touched);
    for (std::size_t i = 0; i < stripe_count; ++i)
        if (touched.test(i)) locks.emplace_back(stripes_[i].mutex);

    for (int attempts = 1;; ++attempts) {
        auto outcome = attempt(translation, with_commit, plan, context_, unchanged_, contended);
        if (outcome || outcome.fault().kind != Fault::Kind::stale || attempts == most_attempts) return outcome;
    }
}

}  // namespace exchange
