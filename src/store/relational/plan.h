// SPDX-License-Identifier: Apache-2.0
#pragma once

// Which term lists the candidates, found by a look before: each term's rows are counted, briefly first.

#include "store/relational/term.h"

namespace store::relational {

struct Plan {
    std::optional<std::size_t> source;  // the term that lists candidates; none = only a walk over the resources finds them
    std::int64_t rows = 0;              // that the source has, as far as was counted
    bool counted = false;               // they were counted; if not, the source's rows come in order and are read as far as needed
    bool streaming = false;             // the source's rows come in the order of rid by themselves
    bool is_few = false;                // it has so few that they are listed at once
};

// Chooses for `terms`, which must all hold, and for what stands inside of them. `in_order_of_creation`: that is how a page is wanted.
base::Result<Plan> plan(Session& session, std::vector<Term>& terms, Seen seen, bool in_order_of_creation);

}  // namespace store::relational
