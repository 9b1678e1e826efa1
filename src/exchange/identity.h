// SPDX-License-Identifier: Apache-2.0
#pragma once

// Who is who, before a translation is committed: which stored record does each of its entries mean?
//
// - The one of its own id, when that was stored before.
// - Else the one that has the Identifier that alone identifies the entry (mapping::Entry::known_by), whoever stored it and under
//   whatever id. Of two that have it none is guessed: Fault (ambiguous).
// - Else the only one that is like it in the elements that its map names (mapping::Entry::alike), and that nothing contradicts: an allergy that came
//   without a number, and now comes with one.
// - And where that one was merged into another, the survivor (replaced-by, chains included); not for what the message itself merges or
//   takes apart.
//
// Costs a read an entry (a hundred where likeness is looked for), from memory when the record was read lately, and a search by identifier for each that is new.

#include "interaction/call/context.h"
#include "interaction/operation/joining.h"
#include "mapping/translation.h"
#include "store/repository.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace exchange {

struct Meant {
    store::Name name;
    std::optional<store::Version> stored;  // nothing when it is new; living
    bool merged = false;                   // the entry's own was merged into this one
};

// `itself`: the entry means that very record, merged or not. `targets`: what entries before it mean, from "urn:here/Type/id" to "Type/id".
base::Result<Meant> who_is(const mapping::Entry& entry, bool itself, const interaction::Targets& targets, store::Snapshot& snapshot,
                           const interaction::Context& context);

// Are both the same thing, told in two ways (mapping::Entry::alike, but for its first element)?
bool alike(fhir::View one, fhir::View other, const std::vector<std::string>& elements);

// Does nobody but `id` have that Identifier? Asked inside the commit that makes the record. Fault (stale): somebody came between.
base::Result<void> check_alone(const mapping::Entry& entry, const std::string& id, store::Snapshot& now, const interaction::Context& context);

// Records that a merge in this translation takes from or takes apart: they mean themselves.
std::set<store::Name> themselves(const mapping::Translation& translation);

}  // namespace exchange
