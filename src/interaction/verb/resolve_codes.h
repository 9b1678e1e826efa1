// SPDX-License-Identifier: Apache-2.0
#pragma once

// :in, :not-in, :above and :below of tokens (FHIR R4 3.1.1.4.4) need somebody who knows codes. Before a store is asked, the value sets and
// codes that were asked for are replaced by the codes that they stand for, wherever in the tree of clauses they are.

#include "access/plan.h"
#include "fhir/search/query.h"
#include "interaction/call/context.h"

namespace interaction {

// Fault (malformed, with the reason) when a value set or code system is not known or cannot be listed: part of an answer would be a
// wrong one. A value set may also be named by reference ("ValueSet/1"), when a snapshot is given and `plan` lets it be read there.
base::Result<void> resolve_codes(fhir::search::Query& query, const Context& context, store::Snapshot* snapshot = nullptr,
                                 const permission::Plan* plan = nullptr);

}  // namespace interaction
