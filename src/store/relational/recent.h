// SPDX-License-Identifier: Apache-2.0
#pragma once

// The current versions that were read lately, in memory, for reads of one resource. A hit costs about 0.2 microseconds and no
// question to the database.
//
// It never holds what is not current. Before a commit may become visible the writer says what it changes: those versions
// are dropped, and until settle() nothing of their part of the memory is taken in again. A reader asks for a ticket before it
// looks into the database and hands its find in with it; the ticket is void as soon as a change began after it was given. So a
// version enters only when no commit lay between the look and the entry, and leaves before its successor can be seen.
//
// Thread-safe; one thread calls change() and settle(). Bounded by bytes, the least recently read goes first.

#include "store/repository.h"

#include <array>
#include <list>
#include <mutex>
#include <unordered_map>

namespace store::relational {

class Recent {
public:
    explicit Recent(std::size_t bytes) : share_(bytes / parts) {}  // 0: nothing is kept

    class Ticket {
        friend class Recent;
        std::uint64_t changes = 0;
        bool good = false;
    };

    // The current version, or nothing and a ticket for what the database says.
    std::optional<Version> find(const std::string& type, const std::string& id, Ticket& ticket);
    void offer(const Version& version, const Ticket& ticket);

    void change(const std::vector<Name>& names);  // a commit of these begins; a name may stand more than once
    void settle();                                // it is visible, or has failed

    std::size_t bytes() const;

private:
    static constexpr std::size_t parts = 16;

    struct Key {  // views into the entry's own version
        std::string_view type;
        std::string_view id;
        bool operator==(const Key&) const = default;
    };
    struct Hash {
        std::size_t operator()(const Key& key) const;
    };
    using Entries = std::list<Version>;
    struct Part {
        mutable std::mutex mutex;
        Entries entries;  // the one read last in front
        std::unordered_map<Key, Entries::iterator, Hash> places;
        std::size_t bytes = 0;
        std::uint64_t changes = 0;
        bool changing = false;
    };

    Part& part_of(const Key& key) { return parts_[Hash()(key) / 64 % parts]; }
    static void drop(Part& part, Entries::iterator entry);

    std::size_t share_;
    std::array<Part, parts> parts_;
};

}  // namespace store::relational
