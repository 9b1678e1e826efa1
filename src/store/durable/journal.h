// SPDX-License-Identifier: Apache-2.0
#pragma once

// Every inbound message, kept before it is read, and what became of it. When record() returns, the bytes are on disk: from here
// nothing is lost.
//
// The key is (channel, control id, SHA-256 of the bytes): a sender that repeats itself finds the first entry and its answer.
// Senders do reuse control ids: the same id with other bytes is a new entry, and says so.
//
// An entry is received, then settled once: answered or failed. An operator may have it run again, put it aside (discarded) or
// let another entry stand for it (replayed). Whoever settles names the state that was seen before: of two at the same moment the
// second one is told so (Fault conflict) and changes nothing.
// Reasons and accounts say where and why, never what: they hold no patient data. Bytes and answers do.
//
// Thread-safe. What writes blocks for one group commit (about one fsync); record() and settle() are one change of one row.

#include "base/clock.h"
#include "base/result.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace store::durable {

enum class State : std::uint8_t {
    received,   // no answer yet
    answered,   // stored, and the sender was told so
    failed,     // refused; waits for an operator: a dead letter
    discarded,  // an operator put it aside
    replayed    // an operator's corrected copy stands for it
};
inline constexpr State all_states[] = {State::received, State::answered, State::failed, State::discarded, State::replayed};

const char* spelling(State state);                        // "received" ...
std::optional<State> state_of(std::string_view spelled);  // nothing when it is none

// Why a message was refused, or put aside.
struct Reason {
    std::string text;   // no patient data
    std::string kind;   // of the Fault: "invalid"; empty when an operator gave the reason
    std::string type;   // OperationOutcome's issue type: "code-invalid"
    std::string where;  // "PID-3[2].1"
};

// What became of the message's atoms (primitive values that were sent).
struct Account {
    std::int64_t atoms = 0;
    std::int64_t kept = 0;     // an element holds them
    std::int64_t dropped = 0;  // left out on purpose
    std::int64_t residue = 0;  // no row took them
    std::string remarks;       // JSON: places of the residue, and findings; bounded by who writes it; may be empty
};

struct Settlement {
    State state = State::answered;
    State from = State::received;            // what the entry must be now
    std::optional<std::string> answer{};     // nothing: the one that is there stays
    Reason reason{};
    Account account{};
    std::string by{};                        // the operator; empty: the one noted before stays
    base::Micros time = 0;
};

struct Entry {
    std::int64_t number = 0;         // from 1, in order of arrival
    std::string channel;
    std::string control_id;
    base::Micros received = 0;
    State state = State::received;
    std::string answer;              // the stored answer's bytes; empty while there is none, and when none was wanted
    std::string bytes;               // the message; left empty by list()
    bool kept = true;                // false: the bytes were taken away by sweep()
    bool repeated = false;           // by record(): this very message was here before
    bool reused_control_id = false;  // an earlier message of the channel had this control id and other bytes
    base::Micros settled = 0;        // 0: not yet
    Reason reason;
    Account account;
    std::int64_t origin = 0;         // the entry that this one corrects; 0: none
    std::string by;                  // the operator who made, discarded or replayed it
    // Positions of the ledger: (wrote_after, wrote_until] are the versions that it last made. Equal: none.
    std::int64_t wrote_after = 0;
    std::int64_t wrote_until = 0;
};

// A message that comes into the journal in the commit that stores what it says (Transaction::enter).
struct Arrival {
    std::string_view channel;
    std::string_view control_id;
    std::string_view bytes;
    base::Micros received = 0;
};

// Which entries are wanted. Empty members do not narrow.
struct Wanted {
    std::optional<State> state{};
    std::string channel{};
    std::string control_id{};
    base::Micros since = 0;     // received at or after
    base::Micros until = 0;     // received before
    bool newest_first = false;
    std::int64_t after = 0;     // numbers above it; with newest_first below it. 0: from the end where it begins
    int count = 100;
};

struct Counts {
    std::int64_t received = 0;
    std::int64_t answered = 0;
    std::int64_t failed = 0;
    std::int64_t discarded = 0;
    std::int64_t replayed = 0;
    std::int64_t& of(State state);
    std::int64_t of(State state) const { return const_cast<Counts*>(this)->of(state); }
};

struct Tally {
    Counts all;
    std::map<std::string, Counts> channels;
    base::Micros oldest = 0;  // when the oldest of those received without answer came; 0: there is none
};

struct Swept {
    std::int64_t taken = 0;  // entries whose bytes went
    bool more = false;       // there may be more to look at now
};

// Whether `known`, which has the bytes of a corrected copy already, is that copy: the faults of Journal::amend.
base::Result<void> check_copy(const Entry& known, std::int64_t original);

class Journal {
public:
    virtual ~Journal() = default;
    virtual base::Result<Entry> record(const std::string& channel, const std::string& control_id, std::string_view bytes,
                                       base::Micros time) = 0;
    // The entry of this very message, with these bytes; nothing when it was not here before.
    virtual base::Result<std::optional<Entry>> find(const std::string& channel, const std::string& control_id, std::string_view bytes) = 0;
    // Fault: missing when there is no such entry, conflict when it is not in the state `from` (any more).
    // Transaction::settle does the same inside a commit, and notes which versions the commit made before it.
    virtual base::Result<void> settle(std::int64_t entry, const Settlement& settlement) = 0;
    // A corrected copy: a new entry of the same channel with `origin`, and `original` is settled as told (state replayed), both or
    // neither. Asked once more with the same bytes it answers the copy that is there (repeated). Faults: of settle(); invalid when
    // the bytes are the original's own; conflict when an entry that is no copy of this one has them.
    virtual base::Result<Entry> amend(std::int64_t original, const Settlement& settlement, const std::string& control_id,
                                      std::string_view bytes) = 0;
    virtual base::Result<std::optional<Entry>> read(std::int64_t entry) = 0;
    // By number, without their bytes. A walk over entries that are not wanted is bounded in time (Fault too_costly).
    virtual base::Result<std::vector<Entry>> list(const Wanted& wanted) = 0;
    // Cheap to ask often: what was counted once is not counted again.
    virtual base::Result<Tally> counts() = 0;
    // Takes away the bytes of what was answered, discarded or replayed before `before`; row, answer and digest stay, so a repeat
    // is still known. Looks at up to `most` entries and goes on behind them the next time.
    virtual base::Result<Swept> sweep(base::Micros before, int most) = 0;
};

}  // namespace store::durable
