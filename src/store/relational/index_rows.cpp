// SPDX-License-Identifier: Apache-2.0
#include "store/relational/index_rows.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>

namespace store::relational {

using fhir::search::IndexKind;
using fhir::search::IndexValue;

namespace {

// So many rows are written by one statement; it opens table and index once and goes on where it is.
constexpr std::array<std::size_t, 6> at_once{32, 16, 8, 4, 2, 1};

// A kind's table: its name, and its columns without rid.
struct Table {
    Table(std::string its_name, const std::vector<std::string>& columns) : name(std::move(its_name)) {
        std::string listed;
        std::string marks = "?";
        std::string equal;
        for (const std::string& column : columns) {
            listed += (listed.empty() ? "" : ", ") + column;
            marks += ", ?";
            equal += " and " + column + " = ?";
        }
        select = "select " + listed + " from ix_" + name + " where rid = ?";
        insert_earlier = "insert into temp.then_" + name + " (rid, " + listed + ") values (" + marks + ")";
        // Of many rows at once. None of them stands there already; "or rollback" spares what would take a part of them back.
        for (std::size_t i = 0; i < at_once.size(); ++i) {
            insert[i] = "insert or rollback into ix_" + name + " (rid, " + listed + ") values (" + marks + ")";
            for (std::size_t k = 1; k < at_once[i]; ++k) insert[i] += ", (" + marks + ")";
        }
        erase = "delete from ix_" + name + " where rid = ?" + equal;
        name = "ix_" + name;
    }
    std::string name;
    std::string select;
    std::array<std::string, at_once.size()> insert;
    std::string insert_earlier;
    std::string erase;
};

const Table& table(IndexKind kind) {
    static const Table token("token", {"field", "code", "system", "grp"});
    static const Table string("string", {"field", "code", "text", "grp"});
    static const Table date("date", {"field", "stop", "start", "grp"});
    static const Table number("number", {"field", "low", "high", "grp"});
    static const Table quantity("quantity", {"field", "low", "high", "system", "code", "text", "grp"});
    static const Table reference("reference", {"field", "code", "system", "text", "grp"});
    static const Table uri("uri", {"field", "code", "grp"});
    static const Table words("words", {"field", "text", "grp"});
    static const Table position("position", {"field", "low", "high", "grp"});
    switch (kind) {
        case IndexKind::token: return token;
        case IndexKind::string: return string;
        case IndexKind::date: return date;
        case IndexKind::number: return number;
        case IndexKind::quantity: return quantity;
        case IndexKind::reference: return reference;
        case IndexKind::uri: return uri;
        case IndexKind::words: return words;
        case IndexKind::position: return position;
    }
    return token;
}

constexpr const char* earlier_tables = R"sql(
create table if not exists temp.then_token (field, code, rid, system, grp, primary key (field, code, rid, system, grp)) without rowid;
create index if not exists temp.then_token_rid on then_token (rid, field);
create table if not exists temp.then_string (field, code, rid, text, grp, primary key (field, code, rid, text, grp)) without rowid;
create index if not exists temp.then_string_rid on then_string (rid, field);
create table if not exists temp.then_uri (field, code, rid, grp, primary key (field, code, rid, grp)) without rowid;
create index if not exists temp.then_uri_rid on then_uri (rid, field);
create table if not exists temp.then_reference (field, code, rid, system, text, grp, primary key (field, code, rid, system, text, grp)) without rowid;
create index if not exists temp.then_reference_rid on then_reference (rid, field);
create table if not exists temp.then_date (field, stop, start, rid, grp, primary key (field, stop, start, rid, grp)) without rowid;
create index if not exists temp.then_date_rid on then_date (rid, field);
create table if not exists temp.then_number (field, low real, high real, rid, grp, primary key (field, low, high, rid, grp)) without rowid;
create index if not exists temp.then_number_rid on then_number (rid, field);
create table if not exists temp.then_quantity (field, low real, high real, rid, system, code, text, grp,
    primary key (field, low, high, rid, system, code, text, grp)) without rowid;
create index if not exists temp.then_quantity_rid on then_quantity (rid, field);
create table if not exists temp.then_position (field, low real, high real, rid, grp, primary key (field, low, high, rid, grp)) without rowid;
create index if not exists temp.then_position_rid on then_position (rid, field);
create table if not exists temp.then_words (id integer primary key, rid, field, grp, text);
create index if not exists temp.then_words_rid on then_words (rid, field);
create virtual table if not exists temp.then_words_index using fts5(text, content = 'then_words', content_rowid = 'id', tokenize = 'ascii');
)sql";

// The members that a kind uses, in the order of the statements above.
void bind(sql::Statement& statement, std::int64_t rid, const IndexRow& row) {
    statement.bind(rid).bind(row.field);
    switch (row.kind) {
        case IndexKind::token: statement.bind(row.code).bind(row.system); break;
        case IndexKind::string: statement.bind(row.code).bind(row.text); break;
        case IndexKind::date: statement.bind(row.stop).bind(row.start); break;
        case IndexKind::number:
        case IndexKind::position: statement.bind(row.low).bind(row.high); break;
        case IndexKind::quantity:
            statement.bind(row.low).bind(row.high).bind(row.system).bind(row.code).bind(row.text);
            break;
        case IndexKind::reference: statement.bind(row.code).bind(row.system).bind(row.text); break;
        case IndexKind::uri: statement.bind(row.code); break;
        case IndexKind::words: statement.bind(row.text); break;
    }
    statement.bind(row.group);
}

// Inserts rows of one kind.
base::Result<void> insert_rows(sql::Connection& connection, const UnwrittenRows::Row* from, const UnwrittenRows::Row* to, UnwrittenWords& words) {
    const Table& of_kind = table(from->row.kind);
    if (from->row.kind == IndexKind::words) {  // the index of words follows, row by row
        TRY(auto insert, connection.prepare(of_kind.insert.back()));
        for (; from != to; ++from) {
            bind(insert, from->rid, from->row);
            TRY(insert.run());
            words.learn(connection.last_rowid(), from->row.text);
        }
        return {};
    }
    for (std::size_t i = 0; i < at_once.size(); ++i) {
        if (static_cast<std::size_t>(to - from) < at_once[i]) continue;
        TRY(auto insert, connection.prepare(of_kind.insert[i]));
        while (static_cast<std::size_t>(to - from) >= at_once[i]) {
            for (std::size_t k = 0; k < at_once[i]; ++k, ++from) bind(insert, from->rid, from->row);
            TRY(insert.run());
        }
    }
    return {};
}

base::Result<void> erase_row(sql::Connection& connection, std::int64_t rid, const IndexRow& row, UnwrittenWords& words) {
    if (row.kind == IndexKind::words) {
        TRY(auto rows, connection.prepare("select id from ix_words where rid = ? and field = ? and text = ?"));
        rows.bind(rid).bind(row.field).bind(row.text);
        while (true) {
            TRY(const bool found, rows.step());
            if (!found) break;
            words.unlearn(rows.integer(0), row.text);
        }
    }
    TRY(auto erase, connection.prepare(table(row.kind).erase));
    bind(erase, rid, row);
    return erase.run();
}

}  // namespace

bool operator<(const IndexRow& a, const IndexRow& b) {
    return std::tie(a.kind, a.field, a.code, a.low, a.high, a.stop, a.start, a.system, a.text, a.group) <
           std::tie(b.kind, b.field, b.code, b.low, b.high, b.stop, b.start, b.system, b.text, b.group);
}

const char* table_of(IndexKind kind) { return table(kind).name.c_str(); }

base::Result<std::vector<IndexRow>> read_rows(sql::Connection& connection, std::int64_t rid, std::deque<std::string>& texts) {
    std::vector<IndexRow> rows;
    for (const IndexKind kind : all_kinds) {
        TRY(auto statement, connection.prepare(table(kind).select));
        statement.bind(rid);
        const auto text = [&](int column) { return std::string_view(texts.emplace_back(statement.text(column))); };
        while (true) {
            TRY(const bool found, statement.step());
            if (!found) break;
            IndexRow row;
            row.kind = kind;
            row.field = statement.integer(0);
            switch (kind) {
                case IndexKind::token:
                    row.code = text(1);
                    row.system = statement.integer(2);
                    row.group = statement.integer(3);
                    break;
                case IndexKind::string:
                    row.code = text(1);
                    row.text = text(2);
                    row.group = statement.integer(3);
                    break;
                case IndexKind::date:
                    row.stop = statement.integer(1);
                    row.start = statement.integer(2);
                    row.group = statement.integer(3);
                    break;
                case IndexKind::number:
                case IndexKind::position:
                    row.low = statement.real(1);
                    row.high = statement.real(2);
                    row.group = statement.integer(3);
                    break;
                case IndexKind::quantity:
                    row.low = statement.real(1);
                    row.high = statement.real(2);
                    row.system = statement.integer(3);
                    row.code = text(4);
                    row.text = text(5);
                    row.group = statement.integer(6);
                    break;
                case IndexKind::reference:
                    row.code = text(1);
                    row.system = statement.integer(2);
                    row.text = text(3);
                    row.group = statement.integer(4);
                    break;
                case IndexKind::words:
                    row.text = text(1);
                    row.group = statement.integer(2);
                    break;
                case IndexKind::uri:
                    row.code = text(1);
                    row.group = statement.integer(2);
                    break;
            }
            rows.push_back(row);
        }
    }
    return rows;
}

base::Result<void> write_rows(sql::Connection& connection, std::int64_t rid, const std::vector<IndexRow>& before,
                              const std::vector<IndexRow>& now, UnwrittenRows& rows, UnwrittenWords& words) {
    auto old = before.begin();
    for (const IndexRow& row : now) {
        while (old != before.end() && *old < row) TRY(erase_row(connection, rid, *old++, words));
        if (old != before.end() && *old == row) ++old;
        else rows.add(rid, row);
    }
    while (old != before.end()) TRY(erase_row(connection, rid, *old++, words));
    if (rows.size() >= UnwrittenRows::most) return rows.write(connection, words);
    return {};
}

std::string_view UnwrittenRows::kept(std::string_view text) {
    constexpr std::size_t room = 64 * 1024;
    if (text.empty()) return {};
    if (texts_.empty() || texts_.back().capacity() - texts_.back().size() < text.size()) texts_.emplace_back().reserve(std::max(room, text.size()));
    std::string& block = texts_.back();
    block += text;
    return std::string_view(block).substr(block.size() - text.size());
}

void UnwrittenRows::add(std::int64_t rid, const IndexRow& row) {
    IndexRow copy = row;
    copy.code = kept(row.code);
    copy.text = kept(row.text);
    rows_.push_back({rid, copy});
}

base::Result<void> UnwrittenRows::write(sql::Connection& connection, UnwrittenWords& words) {
    // By kind; of a kind as they came, so that they lie side by side.
    std::stable_sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) { return a.row.kind < b.row.kind; });
    for (const Row *from = rows_.data(), *const end = from + rows_.size(); from != end;) {
        const Row* to = from;
        while (to != end && to->row.kind == from->row.kind) ++to;
        TRY(insert_rows(connection, from, to, words));
        from = to;
    }
    clear();
    return {};
}

void UnwrittenRows::clear() {
    rows_.clear();
    if (texts_.empty()) return;
    // A block grown for one long text is not kept.
    texts_.resize(1);
    if (texts_.front().capacity() > std::size_t{128} * 1024) texts_.clear();
    else texts_.front().clear();
}

base::Result<std::vector<IndexRow>> rows_from(const std::vector<IndexValue>& values, std::int64_t type,
                                              const std::vector<std::int64_t>& parameters, const SystemNumber& system) {
    std::vector<IndexRow> rows;
    rows.reserve(values.size());
    for (const IndexValue& value : values) {
        if (value.parameter >= parameters.size()) return base::Fault{base::Fault::Kind::bug, "an index value of an unknown parameter"};
        if (std::isnan(value.low) || std::isnan(value.high)) continue;
        IndexRow row;
        row.kind = value.kind;
        row.field = field_of(type, parameters[value.parameter], value.component);
        row.group = value.group;
        const bool has_system =
            value.kind == IndexKind::token || value.kind == IndexKind::reference || value.kind == IndexKind::quantity;
        if (has_system && !value.system.empty()) {
            TRY(row.system, system(value.system));
        }
        switch (value.kind) {
            case IndexKind::date:
                row.start = value.from;
                row.stop = value.to;
                break;
            case IndexKind::number:
            case IndexKind::position:
            case IndexKind::quantity:
                row.low = value.low;
                row.high = value.high;
                break;
            default: break;
        }
        if (value.kind != IndexKind::date && value.kind != IndexKind::number && value.kind != IndexKind::words && value.kind != IndexKind::position)
            row.code = value.code;
        if (value.kind == IndexKind::string || value.kind == IndexKind::reference || value.kind == IndexKind::quantity ||
            value.kind == IndexKind::words)
            row.text = value.text;
        rows.push_back(row);
    }
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return rows;
}

base::Result<void> make_earlier_tables(sql::Connection& connection) { return connection.execute(earlier_tables); }

base::Result<void> empty_earlier_tables(sql::Connection& connection) {
    TRY(connection.execute("insert into temp.then_words_index (then_words_index) values ('delete-all')"));
    for (const IndexKind kind : all_kinds) TRY(connection.execute("delete from temp.then" + table(kind).name.substr(2)));
    return {};
}

base::Result<void> write_earlier_rows(sql::Connection& connection, std::int64_t rid, const std::vector<IndexRow>& rows) {
    for (const IndexRow& row : rows) {
        {
            TRY(auto insert, connection.prepare(table(row.kind).insert_earlier));
            bind(insert, rid, row);
            TRY(insert.run());
        }
        if (row.kind != IndexKind::words) continue;
        TRY(auto index, connection.prepare("insert into temp.then_words_index (rowid, text) values (last_insert_rowid(), ?)"));
        TRY(index.bind(row.text).run());
    }
    return {};
}

}  // namespace store::relational
