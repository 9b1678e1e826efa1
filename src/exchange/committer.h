// SPDX-License-Identifier: Apache-2.0
#pragma once

// A translation becomes stored resources: merged with what is there and committed as one transaction through
// interaction/dispatch, like any other request.
//
// Thread-safe: commits of many links run at the same time and share the disk's syncs. Two that change the same resource are
// merged one after the other, whichever comes first. One Committer serves all channels: patients meet across channels.

#include "access/plan.h"
#include "interaction/call/context.h"
#include "mapping/translation.h"
#include "store/repository.h"

#include <array>
#include <atomic>
#include <mutex>

namespace exchange {

class Committer {
public:
    explicit Committer(const interaction::Context& context) : context_(context) {}

    // `with_commit` runs in the very transaction that stores the resources. Blocks until all of it is on disk. What `plan` does
    // not let be written is refused whole (Fault denied); the merge itself reads whatever is there.
    base::Result<void> commit(const mapping::Translation& translation, const store::Work& with_commit,
                              const permission::Held& plan = permission::unlimited());

private:
    base::Result<void> attempt(const mapping::Translation& translation, const store::Work& with_commit, const permission::Held& plan);

    const interaction::Context& context_;
    // Each resource belongs to one stripe.
    static constexpr std::size_t stripe_count = 64;
    struct Stripe {
        std::mutex mutex;
        std::atomic<int> waiting{0};  // messages that hold it or queue for it
    };
    using Stripes = std::array<Stripe, stripe_count>;
    struct Turn;
    Stripes stripes_;
};

}  // namespace exchange
