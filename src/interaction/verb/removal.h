// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a delete takes away (FHIR R4 3.1.0.7): one resource by id, those that criteria name (3.1.0.7.1), and with _cascade=delete
// everything that refers to them, and so on. Runs inside the writer's transaction: all goes, or nothing.

#include "interaction/verb/write.h"

#include <vector>

namespace interaction {

// What the address of a delete says beside criteria: `_cascade=delete`, and `_count`, which narrows how many resources the
// criteria may match. Returns the rest. Fault (malformed).
base::Result<Pairs> read_removal(const Pairs& parameters, Write& write, const Context& context);

// The resources that are asked for, without those that follow. Fault (ambiguous) when criteria match too many.
base::Result<std::vector<store::Name>> asked_to_remove(const Write& write, store::Snapshot& now, const Context& context);

// Removes them and what follows. Faults: stale (If-Match), denied, conflict (something refers to them; too much follows).
base::Result<Effect> remove_all(const Write& write, const std::vector<store::Name>& asked, store::Transaction& transaction,
                                const Context& context);

base::Result<Effect> apply_remove(const Write& write, store::Transaction& transaction, const Context& context);

// In words, for an OperationOutcome.
base::Findings told(const Effect& removed);

}  // namespace interaction
