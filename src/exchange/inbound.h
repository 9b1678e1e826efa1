// SPDX-License-Identifier: Apache-2.0
#pragma once

// One inbound channel: a foreign message becomes FHIR, once.
//
// The bytes are journaled, translated, merged with what is stored, and committed as one transaction through interaction/dispatch, like
// any other request; the acknowledgement becomes true in that same commit and goes out only after it. What is told as kept before its fate
// is known is durable in the journal before it is told; where nothing is told before, the entry may come in the very commit that settles it.
// A repeat of the same bytes gets the stored answer and changes nothing. What cannot be translated or stored stays in the journal as "failed", and the sender is told why. What fails only
// for a moment, or by our own mistake, stays "received", like what a crash interrupted: its repeat is tried again.
//
// An entry that is there already goes the same way once more when an operator replays it (desk.h). The answer that a sender
// gets changes only when a refused message is accepted after all; what was accepted stays accepted, whatever a later replay meets.
//
// Thread-safe: messages of many links run at the same time and share the disk's syncs. Two that change the same resource are
// merged one after the other, whichever comes first; of two that settle the same entry one wins, and the other tells its answer.

#include "exchange/committer.h"
#include "interaction/call/context.h"
#include "mapping/beside.h"
#include "mapping/tongue.h"
#include "store/durable/journal.h"

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

namespace exchange {

struct InboundCounts {
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> failed{0};    // waits for an operator
    std::atomic<std::uint64_t> repeated{0};  // answered from the journal
    std::atomic<std::uint64_t> not_kept{0};  // the journal could not take it: the sender must send again
    std::atomic<std::uint64_t> replayed{0};  // run again by an operator, whatever came of it
    std::atomic<std::uint64_t> residue{0};   // atoms of accepted messages that no row took
};

// What came of an entry that was run.
struct Fate {
    store::durable::State state = store::durable::State::received;  // of the entry now
    std::string answer;                                             // for the sender
    std::optional<base::Fault> fault;                               // why it was not stored
    bool kept = true;                                               // false: the journal could not even take it
};

class Inbound {
public:
    // `plan`: what its messages may write.
    Inbound(std::string channel, const mapping::Tongue& tongue, store::durable::Journal& journal,
            const interaction::Context& context, Committer& committer, permission::Held plan = permission::unlimited());

    // The answer's bytes; empty when none is wanted. Blocks until what the answer says is on disk.
    std::string receive(std::string_view bytes);

    // Runs a stored entry, with its bytes, under the present maps. `by`: the operator.
    Fate replay(const store::durable::Entry& entry, const std::string& by);
    // The same for an entry that is in the journal, or shall come into it with its fate (number 0); `id` names the answer.
    Fate work(const store::durable::Entry& entry, const std::string& by, const std::string& id, base::Micros now);

    // What its messages become, under the present maps and codes: what is shown, and what is stored.
    base::Result<mapping::Translation> understand(const store::durable::Entry& entry, mapping::Traced traced = mapping::Traced::no) const;

    const InboundCounts& counts() const { return counts_; }
    const mapping::Tongue& tongue() const { return tongue_; }

private:
    base::Result<void> may_write(const mapping::Translation& translation) const;
    std::string settled(std::string_view bytes, const std::string& id, base::Micros now);
    Fate fail(const store::durable::Entry& entry, const base::Fault& fault, store::durable::Account account, const std::string& by,
              const std::string& id, base::Micros now);
    Fate look_up(const store::durable::Entry& entry, const base::Result<mapping::Question>& question, const std::string& by,
                 const std::string& id, base::Micros now);
    Fate as_it_stands(const store::durable::Entry& entry, const base::Fault& otherwise);
    std::optional<Fate> keep(store::durable::Entry& entry, const std::string& id, base::Micros now);
    base::Result<std::vector<store::durable::Entry>> refused_origins(const store::durable::Entry& entry);

    std::string channel_;
    const mapping::Tongue& tongue_;
    store::durable::Journal& journal_;
    const interaction::Context& context_;
    InboundCounts counts_;
    Committer& committer_;
    const permission::Held plan_;
};

}  // namespace exchange
