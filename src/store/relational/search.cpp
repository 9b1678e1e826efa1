// SPDX-License-Identifier: Apache-2.0
#include "store/cursor.h"
#include "store/relational/earlier.h"
#include "store/relational/filling.h"
#include "store/relational/reader.h"
#include "store/relational/searching.h"
#include "store/relational/statements.h"

#include <algorithm>

namespace store::relational {

namespace search = fhir::search;
using base::Fault;

namespace {

// A whole answer that no index lists is not begun where there is more than this.
constexpr Position hopeless = 20'000'000;

struct Hit {
    std::int64_t rid = 0;
    std::vector<search::SortValue> values;
};

Hit hit_from(const search::Query& query, const sql::Statement& row) {
    Hit hit{row.integer(0), {}};
    for (std::size_t i = 0; i < query.sort.size(); ++i) hit.values.push_back(sort_value(query.sort[i], row, static_cast<int>(i) + 1));
    return hit;
}

// Several statements, each in order, read as one.
class Merged {
public:
    Merged(const search::Query& query, bool backwards) : query_(query), backwards_(backwards) {}

    base::Result<void> open(sql::Connection& connection, const Course& course) {
        for (const Sql& one : course) {
            TRY(auto rows, prepared(connection, one));
            sources_.push_back({std::move(rows), {}});
            TRY(fetch(sources_.back()));
        }
        return {};
    }

    // The next row, hit or not; nothing at the end.
    base::Result<std::optional<Hit>> next(bool& is_hit) {
        Source* first = nullptr;
        for (Source& one : sources_)
            if (one.head && (first == nullptr || before(*one.head, *first->head))) first = &one;
        if (first == nullptr) return std::optional<Hit>();
        is_hit = first->rows.integer(static_cast<int>(query_.sort.size()) + 1) != 0;
        std::optional<Hit> found = std::move(first->head);
        TRY(fetch(*first));
        return found;
    }

private:
    struct Source {
        sql::Statement rows;
        std::optional<Hit> head;
    };

    base::Result<void> fetch(Source& source) {
        source.head.reset();
        TRY(const bool row, source.rows.step());
        if (row) source.head = hit_from(query_, source.rows);
        return {};
    }

    bool before(const Hit& a, const Hit& b) const {
        const Hit& first = backwards_ ? b : a;
        const Hit& second = backwards_ ? a : b;
        for (std::size_t i = 0; i < query_.sort.size(); ++i) {
            if (search::sorts_before(query_.sort[i], first.values[i], second.values[i])) return true;
            if (search::sorts_before(query_.sort[i], second.values[i], first.values[i])) return false;
        }
        return first.rid < second.rid;
    }

    const search::Query& query_;
    bool backwards_;
    std::vector<Source> sources_;
};

// Walks until the page is full. False: it would have to go too far for it.
base::Result<bool> walk(sql::Connection& connection, const search::Query& query, const Statements& statements, const Place& place,
                        std::int64_t longest, std::vector<Hit>& hits) {
    for (const Course& course : statements.walk(place)) {
        Merged merged(query, place.backwards);
        TRY(merged.open(connection, course));
        std::int64_t last = 0;
        while (true) {
            bool is_hit = false;
            TRY(auto row, merged.next(is_hit));
            if (!row) break;
            if (--longest < 0) return false;
            if (!is_hit || row->rid == last) continue;
            last = row->rid;
            hits.push_back(std::move(*row));
            if (static_cast<int>(hits.size()) == place.limit) return true;
        }
    }
    return true;
}

base::Result<void> list(sql::Connection& connection, const search::Query& query, const Sql& sql, std::vector<Hit>& hits) {
    TRY(auto rows, prepared(connection, sql));
    while (true) {
        TRY(const bool row, rows.step());
        if (!row) return {};
        hits.push_back(hit_from(query, rows));
    }
}

}  // namespace

base::Result<std::optional<Asking>> Asking::about(Session& session, const search::Query& query, const search::Reach& reach, Seen seen) {
    Asking asking{query, 0, {}, {}, seen};
    if (query.type.empty()) {  // all types, or one by another name
        const auto reachable = query.types.empty() ? reach.types() : std::optional(query.types);
        if (reachable && reachable->size() == 1) asking.query.type = reachable->front();
        if (reachable && reachable->empty()) return std::optional<Asking>();
    }
    const std::string& type = asking.query.type;
    if (!type.empty()) {
        TRY(asking.type, session.types.find(*session.connection, type));
        // Nothing of this type was ever stored, or may be seen.
        if (asking.type == 0 || reach.nothing(type)) return std::optional<Asking>();
    }
    Terms terms(session, reach, seen);
    TRY(asking.terms, terms.all_of(asking.query, asking.type));
    TRY(asking.plan, relational::plan(session, asking.terms, seen, query.sort.empty()));
    return std::optional(std::move(asking));
}

bool Asking::walks(const Statements& statements) const {
    if (plan.is_few || !statements.walkable()) return false;
    return !(plan.source && plan.streaming);
}

base::Result<Page> Reader::search(const search::Query& query, const search::Reach& reach, const Window& window) {
    TRY(session_.write_rows());
    Page page;
    page.as_of = bound_of(window, position_);
    std::optional<Cursor> cursor;
    if (!window.after.empty()) {
        TRY(cursor, decode_cursor(window.after, query.sort.size()));
    }
    sql::Connection& connection = *session_.connection;
    const int wanted = query.summary == search::Summary::count ? 0 : std::max(window.count, 0);
    const bool counted = query.total == search::Total::accurate || wanted == 0;
    TRY(check_filled(session_, query, reach));
    TRY(const Seen seen, see(session_, page.as_of, position_));
    const Limited limited(session_);
    TRY(const auto asking, Asking::about(session_, query, reach, seen));
    if (!asking) {
        page.total = 0;
        return page;
    }
    const Names names(session_);
    const Statements statements(names, asking->query, asking->type, seen, asking->terms);
    const Plan& chosen = asking->plan;
    if (counted && !chosen.source && !asking->terms.empty() && position_ > hopeless)
        return Fault{Fault::Kind::too_costly, "no index lists what is asked for here, and it is too much to be counted; add a condition that is "
                                              "rarer (a patient, a code, a date), or ask without _total"};

    std::vector<Hit> hits;
    const Place place{cursor ? &*cursor : nullptr, window.backwards, wanted + 1};
    if (wanted > 0) {
        bool done = false;
        if (asking->walks(statements)) {
            const std::int64_t longest = chosen.source ? session_.tuning.longest_walk : std::numeric_limits<std::int64_t>::max();
            TRY(done, walk(connection, asking->query, statements, place, longest, hits));
        }
        if (!done) {
            hits.clear();
            const Sql sql = statements.page(chosen, place);
            TRY(list(connection, asking->query, sql, hits));
        }
    }
    const bool more = static_cast<int>(hits.size()) > wanted;
    if (more) hits.pop_back();
    if (window.backwards) std::reverse(hits.begin(), hits.end());

    for (const Hit& hit : hits) {
        TRY(Version version, version_seen(hit.rid, seen));
        page.entries.push_back(std::move(version));
    }
    // What the cursor names stands on the page that it comes from.
    if (!hits.empty()) {
        if (window.backwards ? cursor.has_value() : more) page.next = encode({hits.back().values, hits.back().rid});
        if (window.backwards ? more : cursor.has_value()) page.previous = encode({hits.front().values, hits.front().rid});
    }
    if (wanted > 0 && !cursor && !more) {
        page.total = static_cast<std::int64_t>(page.entries.size());
    } else if (counted) {
        Plan whole = chosen;
        whole.streaming = false;
        std::int64_t total = 0;
        for (const Sql& one : statements.count(whole)) {
            TRY(const std::int64_t some, number(connection, one));
            total += some;
        }
        page.total = total;
    }
    return page;
}

base::Result<Version> Reader::version_seen(std::int64_t rid, Seen seen) {
    if (seen.moved) {
        TRY(auto then, session_.connection->prepare("select position from temp.then_resource where rid = ?"));
        TRY(const bool moved, then.bind(rid).step());
        if (moved) return version_at(rid, then.integer(0));
    }
    TRY(auto fetch, session_.connection->prepare("select t.name, r.id, r.version, r.last_updated, r.position, r.change, r.body from "
                                                 "resource r join type t on t.id = r.type where r.rid = ?"));
    TRY(const bool row, fetch.bind(rid).step());
    if (!row) return Fault{Fault::Kind::bug, "the index names a resource that is not there"};
    return version_from(*session_.connection, fetch, 2, std::string(fetch.text(0)), std::string(fetch.text(1)));
}

}  // namespace store::relational
