// SPDX-License-Identifier: Apache-2.0
#include "store/relational/recent.h"

#include <bitset>

namespace store::relational {

namespace {
// The entry itself, its place, and the allocator's headers.
constexpr std::size_t overhead = 320;

std::size_t size_of(const Version& version) { return overhead + version.id.size() + (version.body ? version.body->size() : 0); }
}  // namespace

std::size_t Recent::Hash::operator()(const Key& key) const {
    const std::hash<std::string_view> hash;
    return hash(key.id) ^ (hash(key.type) * 31);
}

std::optional<Version> Recent::find(const std::string& type, const std::string& id, Ticket& ticket) {
    const Key key{type, id};
    Part& part = part_of(key);
    const std::lock_guard lock(part.mutex);
    if (const auto found = part.places.find(key); found != part.places.end()) {
        part.entries.splice(part.entries.begin(), part.entries, found->second);
        return *found->second;
    }
    ticket.changes = part.changes;
    ticket.good = share_ > 0 && !part.changing;
    return std::nullopt;
}

void Recent::offer(const Version& version, const Ticket& ticket) {
    const std::size_t size = size_of(version);
    if (!ticket.good || size > share_ / 4) return;
    const Key key{version.type, version.id};
    Part& part = part_of(key);
    const std::lock_guard lock(part.mutex);
    if (part.changes != ticket.changes || part.places.contains(key)) return;
    while (part.bytes + size > share_) drop(part, std::prev(part.entries.end()));
    part.entries.push_front(version);
    const Version& kept = part.entries.front();
    part.places.emplace(Key{kept.type, kept.id}, part.entries.begin());
    part.bytes += size;
}

void Recent::drop(Part& part, Entries::iterator entry) {
    part.bytes -= size_of(*entry);
    part.places.erase(Key{entry->type, entry->id});
    part.entries.erase(entry);
}

void Recent::change(const std::vector<Name>& names) {
    for (const Name& name : names) {
        const Key key{name.type, name.id};
        Part& part = part_of(key);
        const std::lock_guard lock(part.mutex);
        if (!part.changing) {
            part.changing = true;
            ++part.changes;
        }
        if (const auto found = part.places.find(key); found != part.places.end()) drop(part, found->second);
    }
}

void Recent::settle() {
    for (Part& part : parts_) {
        const std::lock_guard lock(part.mutex);
        part.changing = false;
    }
}

std::size_t Recent::bytes() const {
    std::size_t bytes = 0;
    for (const Part& part : parts_) {
        const std::lock_guard lock(part.mutex);
        bytes += part.bytes;
    }
    return bytes;
}

}  // namespace store::relational
