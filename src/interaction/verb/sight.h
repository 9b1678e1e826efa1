// SPDX-License-Identifier: Apache-2.0
#pragma once

// What of all that is stored exists for who asks, and what of it he may change (access/plan.h). Answers at once where a type is
// in reach as a whole; else a version is read and its index values are made, some 30 us.

#include "access/plan.h"
#include "interaction/call/context.h"

#include <string_view>
#include <vector>

namespace interaction {

struct Write;

// May this version be seen by id, in a history or as what a patch begins with: is it in reach of plan.read, and not a Binary whose
// securityContext is closed (verb/binary.h)? Of a deletion that is asked of the version before it.
base::Result<bool> seen(const permission::Plan& plan, const store::Version& version, store::Snapshot& snapshot, const Context& context);

// Takes those away that a search found and that are closed all the same (verb/binary.h). Costs nothing where nothing can be closed.
base::Result<void> drop_unseen(std::vector<store::Version>& versions, const permission::Plan& plan, store::Snapshot& snapshot,
                               const Context& context);

// May a search for this type find what drop_unseen() takes away ("" = of every type)? Its total then is not told.
bool may_find_closed(const permission::Plan& plan, std::string_view type);

// True when all versions of the type are seen ("" = of every type): then nobody need be asked about each.
bool sees_all(const permission::Plan& plan, std::string_view type);

// Is this version in reach? Decided by the version itself, also when it is no longer current. A deletion is in reach when the
// version before it was: `snapshot` is asked for that.
base::Result<bool> in_reach(const fhir::search::Reach& reach, const store::Version& version, store::Snapshot& snapshot,
                            const Context& context);

// The same for a version with a body.
bool in_reach(const fhir::search::Reach& reach, const store::Version& version, const Context& context);

// All that a version with a body is found by, as the Context's parameters and units say.
std::vector<fhir::search::IndexValue> index_of(const store::Version& version, const Context& context);
std::vector<fhir::search::IndexValue> index_of(fhir::View resource, const Context& context);

// Fault (denied) when nothing of the type may be written like that, whatever it is: said before anything is looked up.
base::Result<void> may_begin(const Write& write);

// May `write` be put at `id`, where `current` stands (null: nothing ever did)? What was there and what will be there count. Fault
// (denied), which tells nothing of either.
base::Result<void> may_put(const Write& write, const std::string& id, const store::Version* current, base::Micros time,
                           store::Snapshot& now, const Context& context);

base::Result<void> may_remove(const permission::Plan& plan, const store::Version& current, store::Snapshot& now, const Context& context);

}  // namespace interaction
