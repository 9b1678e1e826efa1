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

base::Result<Committed> attempt(const mapping::Translation& translation, const store::Work& with_commit, const permission::Held& plan,
                                const interaction::Context& context) {
    TRY(CommitPlan made, CommitPlan::make(translation, context));
    interaction::Request request;
    request.plan = plan;
    request.verb = interaction::Verb::batch;
    request.wanted = interaction::Request::Return::minimal;
    request.body = made.bundle();
    TRY(const auto writes, made.writes(request));
    request.with_commit = [&](store::Transaction& transaction) -> base::Result<void> {
        TRY(made.inside(writes, transaction));
        return with_commit ? with_commit(transaction) : base::Result<void>{};
    };
    TRY(interaction::dispatch(request, context));
    return Committed{made.findings()};
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

base::Result<Committed> Committer::commit(const mapping::Translation& translation, const store::Work& with_commit,
                                          const permission::Held& plan) {
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
        auto outcome = attempt(translation, with_commit, plan, context_);
        if (outcome || outcome.fault().kind != Fault::Kind::stale) return outcome;
    }

    // Those that met take turns. Locks are taken in one order, so nobody waits in a circle.
    std::vector<std::unique_lock<std::mutex>> locks;
    const Turn turn(stripes_, touched);
    for (std::size_t i = 0; i < stripe_count; ++i)
        if (touched.test(i)) locks.emplace_back(stripes_[i].mutex);

    for (int attempts = 1;; ++attempts) {
        auto outcome = attempt(translation, with_commit, plan, context_);
        if (outcome || outcome.fault().kind != Fault::Kind::stale || attempts == most_attempts) return outcome;
    }
}

}  // namespace exchange
