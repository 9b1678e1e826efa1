// SPDX-License-Identifier: Apache-2.0
#include "store/ledger.h"

#include <fmt/format.h>

namespace store {

base::Digest chained(const base::Digest& before, const LedgerEntry& entry) {
    // Neither type nor id can hold a '|' (FHIR R4 2.24.0.1), so the parts cannot run into each other.
    std::string text(base::view(before));
    fmt::format_to(std::back_inserter(text), "{}|{}|{}|{}|{}|{}|", entry.position, entry.time, entry.type, entry.id,
                   entry.version, static_cast<int>(entry.change));
    text += base::view(entry.content);
    return base::sha256(text);
}

base::Result<Position> verify(Ledger& ledger) {
    base::Digest before{};
    Position position = 0;
    while (true) {
        TRY(const auto entries, ledger.read(position, 1000));
        if (entries.empty()) return position;
        for (const LedgerEntry& entry : entries) {
            if (entry.position != position + 1)
                return base::Fault{base::Fault::Kind::conflict, fmt::format("ledger position {} is missing", position + 1)};
            if (entry.hash != chained(before, entry))
                return base::Fault{base::Fault::Kind::conflict,
                                   fmt::format("ledger position {} does not carry the hash of its content", entry.position)};
            before = entry.hash;
            position = entry.position;
        }
    }
}

void Tide::rise(Position to) {
    {
        const std::lock_guard lock(mutex_);
        if (to <= level_) return;
        level_ = to;
    }
    risen_.notify_all();
}

Position Tide::wait(Position after, std::chrono::milliseconds longest) {
    std::unique_lock lock(mutex_);
    risen_.wait_for(lock, longest, [&] { return level_ > after; });
    return level_;
}

Position Tide::level() const {
    const std::lock_guard lock(mutex_);
    return level_;
}

}  // namespace store
