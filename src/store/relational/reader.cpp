// SPDX-License-Identifier: Apache-2.0
#include "store/relational/reader.h"

#include "base/crypto.h"
#include "store/cursor.h"
#include "store/relational/sql_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace store::relational {

namespace {
constexpr std::size_t most_remembered = 32;
}

base::Result<Version> version_from(sql::Connection& connection, const sql::Statement& row, int first, std::string type, std::string id) {
    Version version{std::move(type), std::move(id), row.integer(first), row.integer(first + 1),
                    static_cast<Change>(row.integer(first + 3)), row.integer(first + 2), nullptr};
    if (!version.deleted()) version.body = std::make_shared<const std::string>(row.blob(first + 4));
    TRY(auto entry, connection.prepare("select content from ledger where position = ? and version = ? and change = ? and time = ?"));
    TRY(const bool known, entry.bind(version.position).bind(version.version).bind(static_cast<std::int64_t>(version.change)).bind(version.last_updated).step());
    if (!known || entry.blob(0) != base::view(base::sha256(version.body ? std::string_view(*version.body) : std::string_view())))
        return base::Fault{base::Fault::Kind::bug, fmt::format("what is stored at position {} is not what the ledger has the hash of: the database is damaged", version.position)};
    return version;
}

base::Result<std::optional<Version>> Reader::read(const std::string& type, const std::string& id) {
    TRY(auto found, row(type, id));
    return found ? std::optional(std::move(found->version)) : std::nullopt;
}

base::Result<std::optional<Reader::Row>> Reader::row(const std::string& type, const std::string& id) {
    for (const Remembered& one : seen_)
        if (one.name.id == id && one.name.type == type) return one.row;
    TRY(const std::int64_t number, session_.types.find(*session_.connection, type));
    std::optional<Row> found;
    if (number != 0) {
        TRY(auto statement, session_.connection->prepare(
                                "select rid, version, last_updated, position, change, body from resource where type = ? and id = ?"));
        TRY(const bool there, statement.bind(number).bind(std::string_view(id)).step());
        if (there) {
            TRY(Version version, version_from(*session_.connection, statement, 1, type, id));
            found = Row{statement.integer(0), std::move(version)};
        }
    }
    if (session_.writes) {
        if (seen_.size() == most_remembered) seen_.erase(seen_.begin());
        seen_.push_back({{type, id}, found});
    }
    return found;
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
    if (!row) return std::optional<Version>();
    TRY(Version found, version_from(*session_.connection, statement, 0, type, id));
    return std::optional(std::move(found));
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
        if (row) return version_from(*session_.connection, statement, 2, std::string(statement.text(0)), std::string(statement.text(1)));
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

}  // namespace store::relational
