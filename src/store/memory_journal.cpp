// SPDX-License-Identifier: Apache-2.0
#include "store/memory_journal.h"

#include <algorithm>

namespace store {

using base::Fault;
using durable::Entry;
using durable::Settlement;
using durable::State;

const MemoryJournal::Kept* MemoryJournal::find(std::int64_t number) const {
    if (number < 1 || static_cast<std::size_t>(number) > entries_.size()) return nullptr;
    return &entries_[static_cast<std::size_t>(number - 1)];
}

MemoryJournal::Kept* MemoryJournal::same(const std::string& channel, const std::string& control_id, std::string_view bytes) {
    for (Kept& one : entries_)
        if (one.entry.channel == channel && one.entry.control_id == control_id && one.first_bytes == bytes) return &one;
    return nullptr;
}

Entry MemoryJournal::add(Entry entry) {
    for (const Kept& one : entries_)
        if (one.entry.channel == entry.channel && one.entry.control_id == entry.control_id) entry.reused_control_id = true;
    entry.number = static_cast<std::int64_t>(entries_.size()) + 1;
    entries_.push_back({entry, entry.bytes});
    return entry;
}

base::Result<Entry> MemoryJournal::record(const std::string& channel, const std::string& control_id, std::string_view bytes,
                                          base::Micros time) {
    const std::lock_guard lock(mutex_);
    if (const Kept* known = same(channel, control_id, bytes)) {
        Entry first = known->entry;
        first.repeated = true;
        first.bytes = bytes;
        return first;
    }
    Entry entry;
    entry.channel = channel;
    entry.control_id = control_id;
    entry.received = time;
    entry.bytes = bytes;
    return add(std::move(entry));
}

base::Result<std::optional<Entry>> MemoryJournal::find(const std::string& channel, const std::string& control_id, std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    const Kept* known = same(channel, control_id, bytes);
    if (known == nullptr) return std::optional<Entry>();
    Entry found = known->entry;
    found.bytes = bytes;
    return std::optional(std::move(found));
}

base::Result<void> MemoryJournal::checked(std::int64_t number, const Settlement& settlement) const {
    const Kept* found = find(number);
    if (found == nullptr) return Fault{Fault::Kind::missing, "no such journal entry"};
    if (found->entry.state == settlement.from) return {};
    return Fault{Fault::Kind::conflict, std::string("the entry is ") + durable::spelling(found->entry.state) + ", not " +
                                            durable::spelling(settlement.from) + " any more"};
}

base::Result<void> MemoryJournal::check(std::int64_t number, const Settlement& settlement) const {
    const std::lock_guard lock(mutex_);
    return checked(number, settlement);
}

void MemoryJournal::apply(std::int64_t number, const Settlement& settlement, std::int64_t wrote_after, std::int64_t wrote_until) {
    Entry& entry = entries_[static_cast<std::size_t>(number - 1)].entry;
    entry.state = settlement.state;
    entry.settled = settlement.time;
    if (settlement.answer) entry.answer = *settlement.answer;
    if (!settlement.by.empty()) entry.by = settlement.by;
    entry.reason = settlement.reason;
    entry.account = settlement.account;
    if (wrote_until > wrote_after) {
        entry.wrote_after = wrote_after;
        entry.wrote_until = wrote_until;
    }
}

base::Result<void> MemoryJournal::settle(std::int64_t number, const Settlement& settlement, std::int64_t wrote_after,
                                         std::int64_t wrote_until) {
    const std::lock_guard lock(mutex_);
    TRY(checked(number, settlement));
    apply(number, settlement, wrote_after, wrote_until);
    return {};
}

base::Result<Entry> MemoryJournal::amend(std::int64_t original, const Settlement& settlement, const std::string& control_id,
                                         std::string_view bytes) {
    const std::lock_guard lock(mutex_);
    const Kept* found = find(original);
    if (found == nullptr) return Fault{Fault::Kind::missing, "no such journal entry"};
    const std::string channel = found->entry.channel;
    if (const Kept* known = same(channel, control_id, bytes)) {
        TRY(durable::check_copy(known->entry, original));
        Entry copy = known->entry;
        copy.repeated = true;
        copy.bytes = bytes;
        return copy;
    }
    TRY(checked(original, settlement));
    apply(original, settlement, 0, 0);
    Entry copy;
    copy.channel = channel;
    copy.control_id = control_id;
    copy.received = settlement.time;
    copy.bytes = bytes;
    copy.origin = original;
    copy.by = settlement.by;
    return add(std::move(copy));
}

base::Result<std::optional<Entry>> MemoryJournal::read(std::int64_t number) {
    const std::lock_guard lock(mutex_);
    const Kept* found = find(number);
    return found == nullptr ? std::optional<Entry>() : std::optional(found->entry);
}

base::Result<std::vector<Entry>> MemoryJournal::list(const durable::Wanted& wanted) {
    const std::lock_guard lock(mutex_);
    std::vector<Entry> all;
    for (const Kept& one : entries_) all.push_back(one.entry);
    if (wanted.newest_first) std::reverse(all.begin(), all.end());
    std::vector<Entry> found;
    for (Entry& entry : all) {
        if (static_cast<int>(found.size()) >= wanted.count) break;
        if (wanted.newest_first ? wanted.after > 0 && entry.number >= wanted.after : entry.number <= wanted.after) continue;
        if (wanted.state && entry.state != *wanted.state) continue;
        if (!wanted.channel.empty() && entry.channel != wanted.channel) continue;
        if (!wanted.control_id.empty() && entry.control_id != wanted.control_id) continue;
        if (wanted.since > 0 && entry.received < wanted.since) continue;
        if (wanted.until > 0 && entry.received >= wanted.until) continue;
        entry.bytes.clear();
        found.push_back(std::move(entry));
    }
    return found;
}

base::Result<durable::Tally> MemoryJournal::counts() {
    const std::lock_guard lock(mutex_);
    durable::Tally tally;
    for (const Kept& one : entries_) {
        const Entry& entry = one.entry;
        ++tally.all.of(entry.state);
        ++tally.channels[entry.channel].of(entry.state);
        if (entry.state == State::received && (tally.oldest == 0 || entry.received < tally.oldest)) tally.oldest = entry.received;
    }
    return tally;
}

base::Result<durable::Swept> MemoryJournal::sweep(base::Micros before, int most) {
    const std::lock_guard lock(mutex_);
    durable::Swept swept;
    for (Kept& one : entries_) {
        Entry& entry = one.entry;
        const bool finished = entry.state == State::answered || entry.state == State::discarded || entry.state == State::replayed;
        if (!finished || !entry.kept || entry.settled >= before) continue;
        if (swept.taken == most) {
            swept.more = true;
            break;
        }
        entry.bytes.clear();
        entry.kept = false;
        ++swept.taken;
    }
    return swept;
}

}  // namespace store
