// SPDX-License-Identifier: Apache-2.0
#pragma once

// A page of a history as one reader sees it: without the versions that are out of reach, and under _at only what was current then.
//
// Where everything counts, the store's page is the answer. Else the store is asked for more until the page is full and one
// further version shows that there is a next page, or the end is reached. The work of a page is bounded: after `most_looked`
// versions it ends as it is, with a cursor that goes on behind them. Only the history of one resource is always looked at to its end.

#include "access/plan.h"
#include "interaction/call/context.h"

namespace interaction {

struct HistoryPage {
    std::vector<store::Version> entries;
    std::string next;                    // as of store::Page
    store::Position as_of = 0;
    std::optional<std::int64_t> total;   // only when it is exactly what this reader could page through
};

struct HistoryAsked {
    store::HistoryScope scope;
    base::Micros current_from = 0;  // _at: what was replaced before this moment does not count; 0 = not asked
};

base::Result<HistoryPage> history_page(const HistoryAsked& asked, const store::Window& window, const permission::Plan& plan,
                                       store::Snapshot& snapshot, const Context& context, int most_looked = 20'000);

}  // namespace interaction
