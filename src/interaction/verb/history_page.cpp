// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/history_page.h"

#include "interaction/verb/sight.h"

#include <algorithm>

namespace interaction {
namespace {

constexpr int least_stride = 100;
constexpr int most_stride = 1000;

// _at asks for what was current in a period: what was written in it, and what stood when it began (FHIR R4 3.1.0.12.1).
base::Result<bool> was_current(const store::Version& version, base::Micros from, store::Snapshot& snapshot) {
    if (from == 0 || version.last_updated >= from) return true;
    TRY(const auto after, snapshot.vread(version.type, version.id, version.version + 1));
    return !after || after->last_updated > from;
}

// Where in the store's pages the last version stands that is shown.
struct Place {
    store::Window window;
    int at = 0;
};

}  // namespace

base::Result<HistoryPage> history_page(const HistoryAsked& asked, const store::Window& window, const permission::Plan& plan,
                                       store::Snapshot& snapshot, const Context& context, int most_looked) {
    const store::HistoryScope& scope = asked.scope;
    HistoryPage made;
    if (sees_all(plan, scope.type) && asked.current_from == 0) {
        TRY(store::Page page, snapshot.history(scope, window));
        return HistoryPage{std::move(page.entries), std::move(page.next), page.as_of, page.total};
    }
    store::Window next = window;
    next.count = std::clamp(window.count, least_stride, most_stride);
    std::int64_t counted = 0;
    int looked = 0;
    Place last;
    while (true) {
        TRY(store::Page page, snapshot.history(scope, next));
        made.as_of = next.as_of = page.as_of;
        for (std::size_t i = 0; i < page.entries.size(); ++i) {
            store::Version& version = page.entries[i];
            TRY(const bool there, seen(plan, version, snapshot, context));
            if (!there) continue;
            TRY(const bool counts, was_current(version, asked.current_from, snapshot));
            if (!counts) continue;
            ++counted;
            if (window.count == 0) continue;  // only the number is wanted
            if (made.entries.size() == static_cast<std::size_t>(window.count)) {
                last.window.count = last.at + 1;
                TRY(const store::Page until, snapshot.history(scope, last.window));
                made.next = until.next;
                return made;
            }
            made.entries.push_back(std::move(version));
            last = {next, static_cast<int>(i)};
        }
        if (page.next.empty()) {
            if (window.after.empty()) made.total = counted;
            return made;
        }
        looked += static_cast<int>(page.entries.size());
        if (looked >= most_looked && scope.id.empty()) {
            made.next = page.next;
            return made;
        }
        next.after = page.next;
    }
}

}  // namespace interaction
