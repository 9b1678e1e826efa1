// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/contained.h"

#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/search/match.h"
#include "interaction/verb/shown.h"
#include "interaction/verb/sight.h"

#include <algorithm>

namespace interaction {
namespace {

using base::Fault;
using fhir::search::Clause;
using fhir::search::Contained;
using fhir::search::IndexValue;
using fhir::search::Query;
using fhir::search::SortValue;

constexpr int most_looked_at = 20'000;
constexpr int at_once = 500;

struct Hit {
    store::Version version;
    std::vector<SortValue> places;
};

bool looks_further(const Clause& clause) {
    return clause.kind == Clause::Kind::forward || clause.kind == Clause::Kind::backward ||
           std::any_of(clause.parts.begin(), clause.parts.end(), looks_further);
}

class Looker {
public:
    Looker(const Query& query, const Context& context) : query_(query), context_(context) {}

    void look(const store::Version& version) {
        const bool itself = query_.contained == Contained::both && asked_for(version.type);
        // A cheap look first: most resources contain nothing.
        const bool inside = version.body->find("\"contained\":") != std::string::npos;
        if (!itself && !inside) return;
        const fhir::Document document = body_of(version, context_);
        const fhir::View resource = document.root();
        if (itself && take(resource, version, version.id, version)) return;
        if (!inside) return;
        for (fhir::View one = resource.child("contained"); one; one = one.next_same()) {
            if (!asked_for(one.resource_type())) continue;
            const std::string local(one.child("id").text());
            store::Version shown = version;
            if (!query_.containers) {
                shown.id += "#" + local;
                shown.body = std::make_shared<const std::string>(fhir::codec::to_json(one));
            }
            if (take(one, version, local, shown) && query_.containers) return;
        }
    }

    std::vector<Hit> hits() && {
        std::stable_sort(hits_.begin(), hits_.end(), [&](const Hit& a, const Hit& b) {
            for (std::size_t i = 0; i < query_.sort.size(); ++i) {
                if (fhir::search::sorts_before(query_.sort[i], a.places[i], b.places[i])) return true;
                if (fhir::search::sorts_before(query_.sort[i], b.places[i], a.places[i])) return false;
            }
            return false;
        });
        return std::move(hits_);
    }

private:
    bool asked_for(std::string_view type) const {
        if (!query_.type.empty()) return type == query_.type;
        return query_.types.empty() || std::find(query_.types.begin(), query_.types.end(), type) != query_.types.end();
    }

    bool take(fhir::View resource, const store::Version& around, const std::string& id, const store::Version& shown) {
        const auto index = index_of(resource, context_);
        if (!fhir::search::matches(query_, index, id, around.last_updated)) return false;
        Hit hit{shown, {}};
        for (const auto& key : query_.sort) hit.places.push_back(fhir::search::sort_value(key, index, id, around.last_updated));
        hits_.push_back(std::move(hit));
        return true;
    }

    const Query& query_;
    const Context& context_;
    std::vector<Hit> hits_;
};

}  // namespace

base::Result<store::Page> find_contained(const Query& query, store::Snapshot& snapshot, const fhir::search::Reach& reach,
                                         const permission::Plan& plan, const store::Window& window, const Context& context) {
    if (std::any_of(query.clauses.begin(), query.clauses.end(), looks_further))
        return Fault{Fault::Kind::malformed, "With _contained chains, _has and _list are not supported.", "_contained", base::IssueType::not_supported};
    Looker looker(query, context);
    const Query everything;
    store::Window walk;
    walk.count = at_once;
    walk.as_of = window.as_of;
    for (int looked_at = 0;; ) {
        TRY(store::Page page, snapshot.search(everything, reach, walk));
        TRY(drop_unseen(page.entries, plan, snapshot, context));
        walk.as_of = page.as_of;
        for (const store::Version& version : page.entries) looker.look(version);
        if (page.next.empty()) break;
        walk.after = page.next;
        if ((looked_at += at_once) >= most_looked_at)
            return Fault{Fault::Kind::too_costly, "There are too many resources here to look into each of them for contained ones.", "_contained",
                         base::IssueType::too_costly};
    }
    const std::vector<Hit> hits = std::move(looker).hits();
    // A cursor is the number of the hits before a page, or of those up to its end when asked backwards.
    const auto total = static_cast<std::int64_t>(hits.size());
    std::int64_t from = 0;
    std::int64_t to = total;
    if (!window.after.empty()) {
        const auto number = base::to_integer(window.after);
        if (!number || *number < 0 || *number > total) return Fault{Fault::Kind::malformed, "This page link does not fit.", "", base::IssueType::value};
        (window.backwards ? to : from) = *number;
    }
    if (window.backwards) from = std::max<std::int64_t>(0, to - window.count);
    else to = std::min(total, from + window.count);
    store::Page page;
    page.as_of = walk.as_of;
    page.total = total;
    for (std::int64_t i = from; i < to; ++i) page.entries.push_back(hits[static_cast<std::size_t>(i)].version);
    if (to > from) {
        if (to < total) page.next = std::to_string(to);
        if (from > 0) page.previous = std::to_string(from);
    }
    return page;
}

}  // namespace interaction
