// SPDX-License-Identifier: Apache-2.0
#pragma once

// A copy of the database while others write, and the proof that a copy is sound.

#include "base/result.h"
#include "store/repository.h"

#include <cstdint>
#include <string>

namespace store {

// Copies the database at `from`, which a server may have open, into the new file `to`, as it is at one moment: everything that was
// acknowledged before the call is in it. Writers go on; meanwhile the write-ahead log cannot begin anew. `to` is not synced.
// Faults: missing when there is none, conflict when it is not ours.
base::Result<void> copy_database(const std::string& from, const std::string& to);

// What a sound database holds.
struct Proof {
    std::int64_t schema = 0;
    Position position = 0;       // of the last change
    std::string head;            // hash of the ledger's last entry, hex: the same for the same history and no other
    std::int64_t resources = 0;  // that are not deleted
    std::int64_t versions = 0;   // bodies that carry the hash which the ledger has of them
    std::int64_t messages = 0;   // in the journal
    std::int64_t outgoing = 0;   // in the outbox
};

// Reads all of a file that nobody has open: each page and index (SQLite's own check), the ledger's chain, and each version against it.
// Fault (conflict) says what is wrong first.
base::Result<Proof> prove_database(const std::string& path);

}  // namespace store
