// SPDX-License-Identifier: Apache-2.0
#pragma once

// The ordered record of commits. Every change of a resource is one entry, written in the transaction that makes the change;
// positions count from 1 without gaps, and each entry's hash covers the hash of the one before, so that nothing can be taken
// out, put in or altered later without being seen. Subscriptions, audit proofs and copies read here; the store calls nobody.

#include "base/crypto.h"
#include "store/repository.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace store {

struct LedgerEntry {
    Position position = 0;
    base::Micros time = 0;
    std::string type;
    std::string id;
    std::int64_t version = 0;
    Change change = Change::created;
    base::Digest content{};  // SHA-256 of the body; of nothing when deleted
    base::Digest hash{};     // chained(hash of the entry before, this entry)
    std::string origin{};    // the channel whose message made it (Transaction::settle); empty: none did. Not part of the hash
};

// The hash of `entry` behind an entry with hash `before`; the first entry stands behind 32 zero bytes.
base::Digest chained(const base::Digest& before, const LedgerEntry& entry);

class Ledger {
public:
    virtual ~Ledger() = default;
    // Committed entries behind `after`, in order, at most `count`.
    virtual base::Result<std::vector<LedgerEntry>> read(Position after, int count) = 0;
    // The last committed position; waits until it is above `after` or the time is over.
    virtual Position wait(Position after, std::chrono::milliseconds longest) = 0;
};

// Reads everything and recomputes every hash. Returns the last position; Fault (conflict) names the first that is wrong.
base::Result<Position> verify(Ledger& ledger);

// Where an engine tells the readers of its ledger that there is more.
class Tide {
public:
    void rise(Position to);
    Position wait(Position after, std::chrono::milliseconds longest);
    Position level() const;

private:
    mutable std::mutex mutex_;
    std::condition_variable risen_;
    Position level_ = 0;
};

}  // namespace store
