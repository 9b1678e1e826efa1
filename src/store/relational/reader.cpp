// SPDX-License-Identifier: Apache-2.0
#include "store/relational/reader.h"

#include "store/cursor.h"
#include "store/relational/filling.h"
#include "store/relational/render.h"

#include <algorithm>
#include <limits>

namespace store::relational {

namespace search = fhir::search;

namespace {

// The time limit holds while this lives.
class Limited {
public:
    explicit Limited(Session& session) : connection_(*session.connection) { connection_.limit(session.longest); }
    ~Limited() { connection_.limit(std::chrono::milliseconds(0)); }
    Limited(const Limited&) = delete;
    Limited& operator=(const Limited&) = delete;

private:
    sql::Connection& connection_;
};

// Columns from `first`: version, last_updated, position, change, body.
Version version_from(const sql::Statement& row, int first, std::string type, std::string id) {
    Version version{std::move(type), std::move(id), row.integer(first), row.integer(first + 1),
                    static_cast<Change>(row.integer(first + 3)), row.integer(first + 2), nullptr};
    if (!version.deleted()) version.body = std::make_shared<const std::string>(row.blob(first + 4));
    return version;
}

// The statement reads `sql`'s bindings where they are: it must live as long.
base::Result<sql::Statement> prepared(sql::Connection& connection, Sql&& sql) = delete;
base::Result<sql::Statement> prepared(sql::Connection& connection, const Sql& sql) {
    TRY(auto statement, connection.prepare(sql.text));
    for (const Binding& binding : sql.bindings) {
        if (const auto* integer = std::get_if<std::int64_t>(&binding)) statement.bind(*integer);
        if (const auto* real = std::get_if<double>(&binding)) statement.bind(*real);
        if (const auto* text = std::get_if<std::string>(&binding)) statement.bind(std::string_view(*text));
    }
    return statement;
}

base::Result<std::int64_t> number(sql::Connection& connection, const Sql& sql) {
    TRY(auto statement, prepared(connection, sql));
    TRY(const bool row, statement.step());
    return row ? statement.integer(0) : 0;
}

// A clause with fewer rows than this is worth listing at once; reading so many index rows costs about a millisecond.
constexpr int few = 4096;
constexpr int very_few = 64;

// The clause with the fewest rows lists the candidates. When all have many, a list that comes in order serves a page
// without being read to its end, and so does walking over the resources themselves; a full answer takes any list.
base::Result<Plan> plan(sql::Connection& connection, const std::vector<Clause>& clauses, bool whole_answer) {
    std::vector<std::size_t> lists;
    for (std::size_t i = 0; i < clauses.size(); ++i)
        if (clauses[i].can_list()) lists.push_back(i);
    if (lists.empty()) return Plan{};
    if (lists.size() == 1 && clauses[lists[0]].in_order()) return Plan{lists[0], true};

    // A short look first: most questions name one patient, and then the others need no counting.
    std::size_t best = lists[0];
    std::int64_t fewest = 0;
    for (const int most : {very_few, few}) {
        fewest = std::numeric_limits<std::int64_t>::max();
        for (const std::size_t i : lists) {
            const auto look = static_cast<int>(std::min<std::int64_t>(fewest, most));
            TRY(const std::int64_t rows, number(connection, render_probe(clauses[i], look)));
            if (rows < fewest || (rows == fewest && clauses[i].in_order() && !clauses[best].in_order())) {
                fewest = rows;
                best = i;
            }
        }
        if (fewest < most) break;
    }
    if (fewest < few || whole_answer || clauses[best].in_order()) return Plan{best, clauses[best].in_order()};
    return Plan{};
}

search::SortValue sort_value(const search::SortKey& key, const sql::Statement& row, int column) {
    search::SortValue value;
    if (row.null(column)) return value;
    value.present = true;
    using search::ParameterType;
    if (key.parameter->code == "_lastUpdated" || key.parameter->type == ParameterType::date)
        value.time = row.integer(column);
    else if (key.parameter->type == ParameterType::number || key.parameter->type == ParameterType::quantity)
        value.number = row.real(column);
    else
        value.text = row.text(column);
    return value;
}

Position bound_of(const Window& window, Position position) {
    return window.as_of > 0 ? std::min(window.as_of, position) : position;
}

}  // namespace

base::Result<std::optional<Version>> Reader::read(const std::string& type, const std::string& id) {
    TRY(const std::int64_t number, session_.types.find(*session_.connection, type));
    if (number == 0) return std::optional<Version>();
    TRY(auto statement, session_.connection->prepare(
                            "select version, last_updated, position, change, body from resource where type = ? and id = ?"));
    TRY(const bool row, statement.bind(number).bind(std::string_view(id)).step());
    return row ? std::optional(version_from(statement, 0, type, id)) : std::nullopt;
}

base::Result<std::optional<Version>> Reader::vread(const std::string& type, const std::string& id, std::int64_t version) {
    TRY(auto current, read(type, id));
    if (!current || version > current->version || version < 1) return std::optional<Version>();
    if (version == current->version) return current;
    TRY(const std::int64_t number, session_.types.find(*session_.connection, type));
    TRY(auto statement, session_.connection->prepare(
                            "select h.version, h.last_updated, h.position, h.change, h.body from resource r join history h "
                            "on h.rid = r.rid where r.type = ? and r.id = ? and h.version = ?"));
    TRY(const bool row, statement.bind(number).bind(std::string_view(id)).bind(version).step());
    return row ? std::optional(version_from(statement, 0, type, id)) : std::nullopt;
}

base::Result<Page> Reader::history(const HistoryScope& scope, const Window& window) {
    const Limited limited(session_);
    return scope.id.empty() ? history_of_many(scope, window) : history_of_one(scope, window);
}

// Versions are gapless and their times never fall, so one resource's history is a walk down its numbers.
base::Result<Page> Reader::history_of_one(const HistoryScope& scope, const Window& window) {
    Page page;
    page.as_of = bound_of(window, position_);
    TRY(const auto current, read(scope.type, scope.id));
    std::int64_t version = current ? current->version : 0;
    if (!window.after.empty()) {
        TRY(const Cursor cursor, decode_cursor(window.after, 0));
        version = std::min(version, cursor.rank - 1);
    }
    std::int64_t total = 0;
    for (; version >= 1; --version) {
        TRY(auto one, vread(scope.type, scope.id, version));
        if (!one) continue;  // forgotten
        if (scope.since != 0 && one->last_updated < scope.since) break;
        if (one->position > page.as_of || (scope.until != 0 && one->last_updated > scope.until)) continue;
        if (++total > window.count) {
            if (window.count == 0) continue;  // only the number is wanted
            if (!page.entries.empty()) page.next = encode({{}, page.entries.back().version});
            return page;
        }
        page.entries.push_back(std::move(*one));
    }
    if (window.after.empty()) page.total = total;
    return page;
}

base::Result<Page> Reader::history_of_many(const HistoryScope& scope, const Window& window) {
    Page page;
    page.as_of = bound_of(window, position_);
    Position newest = page.as_of;
    Position oldest = 1;
    if (!window.after.empty()) {
        TRY(const Cursor cursor, decode_cursor(window.after, 0));
        newest = std::min(newest, cursor.rank - 1);
    }
    if (scope.since != 0) {
        TRY(oldest, first_at(scope.since));
    }
    if (scope.until != 0) {
        TRY(const Position behind, first_at(scope.until + 1));
        newest = std::min(newest, behind - 1);
    }
    TRY(const std::int64_t type, session_.types.find(*session_.connection, scope.type));
    const bool only_number = window.count == 0;
    Sql sql;
    sql += only_number ? "select count(*) from ledger where " : "select position, rid from ledger where ";
    if (!scope.type.empty()) {
        sql += "type = ";
        sql.bind(type) += " and ";
    }
    sql += "position between ";
    sql.bind(oldest) += " and ";
    sql.bind(newest);
    sql += " and not exists (select 1 from forgotten f where f.position = ledger.position)";
    if (!only_number) {
        sql += " order by position desc limit ";
        sql.bind(std::int64_t{window.count} + 1);
    }
    TRY(auto statement, prepared(*session_.connection, sql));
    if (only_number) {
        TRY(const bool counted, statement.step());
        page.total = counted ? statement.integer(0) : 0;
        return page;
    }
    bool more = false;
    while (true) {
        TRY(const bool row, statement.step());
        if (!row) break;
        if (static_cast<int>(page.entries.size()) == window.count) {
            more = true;
            break;
        }
        TRY(Version version, version_at(statement.integer(1), statement.integer(0)));
        page.entries.push_back(std::move(version));
    }
    if (more && !page.entries.empty()) page.next = encode({{}, page.entries.back().position});
    if (!more && window.after.empty()) page.total = static_cast<std::int64_t>(page.entries.size());
    return page;
}

base::Result<Version> Reader::version_at(std::int64_t rid, Position position) {
    for (const char* text :
         {"select t.name, r.id, r.version, r.last_updated, r.position, r.change, r.body from resource r join type t on "
          "t.id = r.type where r.rid = ? and r.position = ?",
          "select t.name, r.id, h.version, h.last_updated, h.position, h.change, h.body from resource r join type t on "
          "t.id = r.type join history h on h.rid = r.rid where r.rid = ? and h.position = ?"}) {
        TRY(auto statement, session_.connection->prepare(text));
        TRY(const bool row, statement.bind(rid).bind(position).step());
        if (row) return version_from(statement, 2, std::string(statement.text(0)), std::string(statement.text(1)));
    }
    return base::Fault{base::Fault::Kind::bug, "the ledger names a version that is not there"};
}

// Times in the ledger never fall, so a position is found by halving.
base::Result<Position> Reader::first_at(base::Micros time) {
    Position low = 1;
    Position high = position_ + 1;
    while (low < high) {
        const Position middle = low + (high - low) / 2;
        TRY(auto statement, session_.connection->prepare("select time from ledger where position = ?"));
        TRY(const bool row, statement.bind(middle).step());
        if (row && statement.integer(0) < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

base::Result<std::vector<Version>> Reader::follow(const std::vector<Name>&, const Step&, const search::Reach&, int) {
    return base::Fault{base::Fault::Kind::unsupported, "includes are not supported"};
}

base::Result<Explanation> Reader::explain(const search::Query&, const search::Reach&) {
    return base::Fault{base::Fault::Kind::unsupported, "_explain is not supported"};
}

base::Result<Page> Reader::search(const search::Query& query, const search::Reach& reach, const Window& window) {
    if (!reach.all()) return base::Fault{base::Fault::Kind::unsupported, "limited access is not supported"};
    Page page;
    page.as_of = bound_of(window, position_);
    std::optional<Cursor> after;
    if (!window.after.empty()) {
        TRY(after, decode_cursor(window.after, query.sort.size()));
    }
    Numbers numbers{0, session_.parameters};
    sql::Connection& connection = *session_.connection;
    const int wanted = query.summary == search::Summary::count ? 0 : std::max(window.count, 0);
    const bool counted = query.total == search::Total::accurate || wanted == 0;
    if (!query.type.empty()) {
        TRY(numbers.type, session_.types.find(connection, query.type));
        if (numbers.type == 0) {  // nothing of this type was ever stored
            page.total = 0;
            return page;
        }
    }
    if (session_.filling) TRY(check_filled(session_, query, reach));
    const Limited limited(session_);
    TRY(const auto clauses, render_clauses(query, numbers));
    TRY(const Plan chosen, plan(connection, clauses, counted || !query.sort.empty()));

    struct Hit {
        std::int64_t rid;
        std::vector<search::SortValue> values;
    };
    std::vector<Hit> hits;
    if (wanted > 0) {
        const Sql sql = render_search(query, clauses, chosen, numbers, {page.as_of, after ? &*after : nullptr, wanted + 1});
        TRY(auto rows, prepared(connection, sql));
        while (true) {
            TRY(const bool row, rows.step());
            if (!row) break;
            Hit hit{rows.integer(0), {}};
            for (std::size_t i = 0; i < query.sort.size(); ++i)
                hit.values.push_back(sort_value(query.sort[i], rows, static_cast<int>(i) + 1));
            hits.push_back(std::move(hit));
        }
    }
    const bool more = static_cast<int>(hits.size()) > wanted;
    if (more) hits.pop_back();

    TRY(auto fetch, connection.prepare("select t.name, r.id, r.version, r.last_updated, r.position, r.change, r.body from "
                                       "resource r join type t on t.id = r.type where r.rid = ?"));
    for (const Hit& hit : hits) {
        TRY(const bool row, fetch.bind(hit.rid).step());
        if (!row) return base::Fault{base::Fault::Kind::bug, "the index names a resource that is not there"};
        page.entries.push_back(version_from(fetch, 2, std::string(fetch.text(0)), std::string(fetch.text(1))));
        TRY(fetch.run());
    }
    if (more) page.next = encode({std::move(hits.back().values), hits.back().rid});
    if (wanted > 0 && !after && !more) {
        page.total = static_cast<std::int64_t>(page.entries.size());
    } else if (counted) {
        TRY(page.total, number(connection, render_count(query, clauses, chosen, numbers, page.as_of)));
    }
    return page;
}

}  // namespace store::relational
