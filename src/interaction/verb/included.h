// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a page of a search brings along: _include and _revinclude (FHIR R4 3.1.1.5.4).

#include "access/plan.h"
#include "fhir/search/query.h"
#include "interaction/call/context.h"

#include <vector>

namespace interaction {

struct Included {
    std::vector<store::Version> entries;  // each once, none of the matches among them
    bool cut_short = false;               // Rules::most_includes was not enough
};

// Follows the query's includes from the matches of one page, within what `plan` lets read; those with :iterate go on from what was
// found until nothing new comes. A reference that leads back is not followed again, so circles end.
base::Result<Included> included(const fhir::search::Query& query, const std::vector<store::Version>& matches, store::Snapshot& snapshot,
                                const permission::Plan& plan, const Context& context);

}  // namespace interaction
