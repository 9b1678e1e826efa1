// SPDX-License-Identifier: Apache-2.0
#pragma once

// A translation becomes stored resources: told who is who (identity.h), merged with what is there, and committed as one transaction
// through interaction/dispatch, like any other request. What it says about merges of records is done in the same transaction
// (interaction/operation/joining.h), or the message fails as a whole.
//
// What was said before what is stored changes nothing of it: each resource knows the time of the message that wrote it last. What an
// older message brings that is not there yet is stored; its Provenance and the findings name what was left.
//
// Thread-safe: commits of many links run at the same time and share the disk's syncs. Two that change the same resource are
// merged one after the other, whichever comes first. One Committer serves all channels: patients meet across channels.

#include "exchange/unchanged.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "mapping/translation.h"
#include "store/repository.h"

#include <array>
#include <atomic>
#include <functional>
#include <mutex>

namespace exchange {

class Committer {
public:
    explicit Committer(const interaction::Context& context) : context_(context) {}

    // What is to run in the very transaction that stores the resources. Asked for before that begins, anew with each attempt, and told what
    // of the message will not be done, and why.
    using WithCommit = std::function<store::Work(const base::Findings&)>;
    // Blocks until all of it is on disk. What the plan does not let be written fails the whole message (denied).
    base::Result<void> commit(const mapping::Translation& translation, const WithCommit& with_commit,
                              const permission::Held& plan = permission::unlimited());

private:
    const interaction::Context& context_;
    // Each resource belongs to one stripe.
    static constexpr std::size_t stripe_count = 256;
    struct Stripe {
        std::mutex mutex;
        std::atomic<int> waiting{0};  // messages that hold it or queue for it
    };
    using Stripes = std::array<Stripe, stripe_count>;
    struct Turn;
    Stripes stripes_;
    Unchanged unchanged_;
};

}  // namespace exchange
