// SPDX-License-Identifier: Apache-2.0
#pragma once

// The reference engine: every version in one vector, every question answered by walking it. It is what the other engines
// are compared with and what the rooms above test against; nothing is kept when the process ends.
//
// A snapshot is a bound on the ledger position: later versions do not exist for it. One piece of work runs at a time.

#include "base/clock.h"
#include "store/durable/journal.h"
#include "store/durable/outbox.h"
#include "store/durable/record.h"
#include "store/ledger.h"
#include "store/repository.h"

#include <memory>

namespace store {

class Memory final : public Repository {
public:
    explicit Memory(const base::Clock& clock);  // the clock must live longer
    ~Memory() override;

    std::unique_ptr<Snapshot> snapshot() override;
    base::Result<void> write(const Work& work) override;
    base::Result<void> adopt(std::shared_ptr<const Indexing> indexing) override;  // at once, versions of before included
    base::Result<std::vector<Filling>> filling() override { return std::vector<Filling>(); }
    base::Result<void> index_anew() override;

    durable::Journal& journal();
    durable::Records& records();
    Ledger& ledger();
    durable::Outbox& outbox();

    struct State;

private:
    std::unique_ptr<State> state_;
};

}  // namespace store
