// SPDX-License-Identifier: Apache-2.0
#pragma once

// What an operator may see of messages and do about them: list, show, replay, edit a copy, discard.
//
// The rules, and why, stand in docs/decisions/0020-desk.md. In short:
// - A replay runs the stored bytes again through the entry's own channel, under the maps as they are now, and settles that
//   entry. Refused and then accepted: a repeat hears the new answer. Accepted before: the first answer stays, byte for byte, and
//   so does the state, whatever the replay meets.
// - An edit makes a new entry with `origin`; the original becomes `replayed` in the same commit. When the copy is accepted, a
//   sender that repeats the original hears so.
// - A discard keeps the entry and its bytes until they are old (journal.keep); a repeat hears a refusal.
// All of it is safe against senders that repeat at the same moment, against a second operator, and against a crash between any
// two steps: doing it once more ends where doing it once ends.
//
// Thread-safe. Everything blocks as long as the message takes.

#include "exchange/inbound.h"
#include "store/durable/journal.h"
#include "store/ledger.h"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace exchange {

class Desk {
public:
    using Entry = store::durable::Entry;
    using State = store::durable::State;
    using Wanted = store::durable::Wanted;

    // The channel of that name as it is now; null when there is none (any more).
    using Channels = std::function<std::shared_ptr<Inbound>(const std::string& channel)>;

    // What came of one entry.
    struct Ran {
        std::int64_t number = 0;
        State state = State::received;
        std::optional<base::Fault> fault{};  // why it was not stored this time
    };
    struct Batch {
        std::vector<Ran> ran;     // in order of arrival
        std::int64_t next = 0;    // go on behind this number; 0: that was all
        base::Micros until = 0;   // what came from here on was not looked at: pass it on with `next`
        std::optional<base::Fault> stopped{};  // it made no sense to go on (a full disk)
    };
    // A version that an entry wrote.
    struct Wrote {
        std::string type, id;
        std::int64_t version = 0;
    };

    Desk(store::durable::Journal& journal, store::Ledger& ledger, const interaction::Context& context, Channels channels)
        : journal_(journal), ledger_(ledger), context_(context), channels_(std::move(channels)) {}

    base::Result<std::vector<Entry>> list(const Wanted& wanted) { return journal_.list(wanted); }
    base::Result<store::durable::Tally> counts() { return journal_.counts(); }
    base::Result<Entry> read(std::int64_t number);          // Fault missing
    base::Result<std::vector<Wrote>> wrote(const Entry& entry, int most);

    // Under the present maps; nothing is stored. Fault gone when the bytes were taken away.
    base::Result<std::string> tree(const Entry& entry);     // JSON, Tongue::describe
    base::Result<std::string> bundle(const Entry& entry);   // the transaction before it is merged with what is stored: FHIR JSON
    base::Result<std::string> trace(const Entry& entry);    // JSON: lines that made each element, findings, residue

    base::Result<Ran> replay(std::int64_t number, const std::string& by);
    // Those that are wanted (failed ones when no state is given), in order of arrival; at most wanted.count of them, and none
    // is begun after `longest`. One at a time: Fault unavailable while another one runs.
    base::Result<Batch> replay_all(Wanted wanted, const std::string& by, base::Micros longest);
    base::Result<Ran> edit(std::int64_t number, std::string_view bytes, const std::string& by);  // the copy's
    base::Result<Entry> discard(std::int64_t number, const std::string& reason, const std::string& by);

    // Copies whose run a crash interrupted: nobody will send them again. How many were run.
    base::Result<int> resume();

private:
    base::Result<std::shared_ptr<Inbound>> channel_of(const Entry& entry);
    base::Result<Ran> run(const Entry& entry, const std::string& by);
    base::Result<mapping::Translation> translation(const Entry& entry);

    store::durable::Journal& journal_;
    store::Ledger& ledger_;
    const interaction::Context& context_;
    Channels channels_;
    std::mutex replaying_;
};

}  // namespace exchange
