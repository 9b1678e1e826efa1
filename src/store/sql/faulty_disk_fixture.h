// SPDX-License-Identifier: Apache-2.0
#pragma once

// A disk that fails when it is told to, for tests of what is kept: SQLite's way to the system with a memory of what has been synced.
//
// While one lives, every database that is opened goes through it. Nothing is really synced: what a sync would have made safe is remembered
// instead, so that afterwards the files can be made what a machine finds that has lost its power. One at a time; any thread may use it.

#include <cstdint>
#include <memory>

namespace store::sql {

class FaultyDisk {
public:
    enum class Event : std::uint8_t { change, write, sync, read };  // change: writes, truncations, deletions and syncs
    enum class Trouble : std::uint8_t {
        crash,     // the process dies: nothing is read or written from here on
        full,      // half of the write is done, then there is no room
        io_error,  // half of the write is done, or what was to be synced is not and never will be
    };
    // How the write looks in which the process died, and what is left of writes that were not synced.
    enum class Left : std::uint8_t { clean, torn, zeroed, unsynced_lost, scattered };
    static constexpr Left all_left[] = {Left::clean, Left::torn, Left::zeroed, Left::unsynced_lost, Left::scattered};

    struct Plan {
        Event on = Event::change;
        std::int64_t at = 0;  // the how-manieth of these events from now on; 0: none, events are only counted
        Trouble trouble = Trouble::crash;
        Left left = Left::clean;
        bool lasting = false;  // every such event from then on, until the next plan
    };

    FaultyDisk();
    ~FaultyDisk();
    FaultyDisk(const FaultyDisk&) = delete;
    FaultyDisk& operator=(const FaultyDisk&) = delete;

    void plan(const Plan& plan);   // counting begins anew
    bool struck() const;           // it has come to what was planned
    std::int64_t events() const;   // counted since the plan
    // All connections are closed. With Left::unsynced_lost and scattered the files become what the power failure left of them; which
    // of the writes, and which parts of them, tells the seed. Then everything is well again.
    void restart(std::uint64_t seed);
    void forget();                 // all files are what they are, and safe

    struct Inside;

private:
    std::unique_ptr<Inside> inside_;
};

const char* spelling(FaultyDisk::Left left);

}  // namespace store::sql
