// SPDX-License-Identifier: Apache-2.0
#pragma once

// Two records become one, exactly and reversibly: what Patient/$merge does, and what a message about a merge does
// (HL7 v2 3.6.2; FHIR R5 Patient-merge).
//
// merge    `gone` stays, no longer active, with a link replaced-by `kept`; `kept` gets a link replaces and, where Rules say so, the
//          identifiers of `gone` with use old; what referred to `gone` refers to `kept`. Records of what was done
//          (Provenance, AuditEvent) and the links between patients keep what they say. A Provenance names each version
//          that was made, and the two from before: from these the merge can be undone.
// unmerge  the references that the merge moved, and that still stand as it left them, lead to `gone` again; identifiers and links go
//          the way they came. What was written since stays with `kept` and is told.
// connect  both stay as they are and know each other (link seealso). unmerge takes that away too.
// move     `gone` (a visit, an account) is from now on of `kept`, with all that refers to both it and its former owner.
//
// Where a type has no link (Encounter, Account), the extension `replaced_by` holds what Patient.link says.
//
// In two halves, like every write (verb/write.h): prepare() reads and makes the bodies outside of the writer; apply() puts them in
// its transaction and makes sure that nobody came between, or nothing at all is done. Costs some 100 us a reference,
// of which the writer is held about a third; at most Rules::most_moved resources.

#include "interaction/call/context.h"
#include "interaction/verb/write.h"

#include <map>
#include <string>
#include <vector>

namespace interaction {

inline constexpr const char* replaced_by_extension = "urn:andiron:replaced-by";

struct Joining {
    enum class Kind : std::uint8_t { merge, unmerge, connect, move };
    Kind kind = Kind::merge;
    store::Name gone;
    store::Name kept;
};

// Bodies that the same commit brings: they stand for what is stored.
using Pending = std::map<store::Name, fhir::Document>;

// One resource of the outcome. `before` is the version that it was made from; 0: it is new.
struct Changed {
    store::Name name;
    std::int64_t before = 0;
    fhir::Document body;
};

struct Joined {
    Joining asked;
    bool nothing = false;          // it was so already
    std::vector<Changed> changes;  // the two first, then what referred, then the Provenance
    std::size_t moved = 0;         // references
    base::Findings findings;       // what was left as it is, and why
    store::Position seen = 0;      // what prepare() looked at

    const Changed* find(const store::Name& name) const;
};

// Faults: missing (one of them is not there), invalid (itself), conflict (a circle; merged into another already; `kept` was itself
// merged), too_costly (more resources than Rules::most_moved). Types: not_found where a message's answer says "unknown key".
base::Result<Joined> prepare_joining(const Joining& asked, const Pending& pending, store::Snapshot& snapshot, const Context& context);

// A change as a write under the request's plan, if `before` is still the current version. It borrows the body.
base::Result<Write> write_of(const store::Name& name, std::int64_t before, const fhir::Document& body, const Request& request, const Context& context);

// After everything is put: does nothing refer to what is gone any more? Fault (stale): somebody came between.
base::Result<void> check_joined(const Joined& joined, store::Snapshot& now, const Context& context);

// The one that stands for `name` now: follows replaced-by, at most 16 times. `name` itself when nothing replaced it or it is not
// there. Fault (conflict) when the way does not end.
base::Result<store::Name> survivor_of(const store::Name& name, store::Snapshot& snapshot, const Context& context);
// One step; an empty id: none.
store::Name replacement_of(fhir::View resource);

}  // namespace interaction
