// SPDX-License-Identifier: Apache-2.0
#include "store/relational/index_rows.h"

#include <optional>
#include <tuple>

namespace store::relational {

using fhir::search::IndexKind;

namespace {

struct Table {
    const char* name;
    const char* select;  // columns without rid, in the table's order
    const char* insert;
    const char* erase;
};

const Table& table(IndexKind kind) {
    static const Table token{"ix_token", "select field, code, system, grp from ix_token where rid = ?",
                             "insert into ix_token (rid, field, code, system, grp) values (?, ?, ?, ?, ?)",
                             "delete from ix_token where rid = ? and field = ? and code = ? and system = ? and grp = ?"};
    static const Table string{"ix_string", "select field, code, text, grp from ix_string where rid = ?",
                              "insert into ix_string (rid, field, code, text, grp) values (?, ?, ?, ?, ?)",
                              "delete from ix_string where rid = ? and field = ? and code = ? and text = ? and grp = ?"};
    static const Table date{"ix_date", "select field, stop, start, grp from ix_date where rid = ?",
                            "insert into ix_date (rid, field, stop, start, grp) values (?, ?, ?, ?, ?)",
                            "delete from ix_date where rid = ? and field = ? and stop = ? and start = ? and grp = ?"};
    static const Table number{"ix_number", "select field, low, high, grp from ix_number where rid = ?",
                              "insert into ix_number (rid, field, low, high, grp) values (?, ?, ?, ?, ?)",
                              "delete from ix_number where rid = ? and field = ? and low = ? and high = ? and grp = ?"};
    static const Table quantity{
        "ix_quantity", "select field, low, high, system, code, text, grp from ix_quantity where rid = ?",
        "insert into ix_quantity (rid, field, low, high, system, code, text, grp) values (?, ?, ?, ?, ?, ?, ?, ?)",
        "delete from ix_quantity where rid = ? and field = ? and low = ? and high = ? and system = ? and code = ? and "
        "text = ? and grp = ?"};
    static const Table reference{
        "ix_reference", "select field, code, system, text, grp from ix_reference where rid = ?",
        "insert into ix_reference (rid, field, code, system, text, grp) values (?, ?, ?, ?, ?, ?)",
        "delete from ix_reference where rid = ? and field = ? and code = ? and system = ? and text = ? and grp = ?"};
    static const Table uri{"ix_uri", "select field, code, grp from ix_uri where rid = ?",
                           "insert into ix_uri (rid, field, code, grp) values (?, ?, ?, ?)",
                           "delete from ix_uri where rid = ? and field = ? and code = ? and grp = ?"};
    switch (kind) {
        case IndexKind::token: return token;
        case IndexKind::string: return string;
        case IndexKind::date: return date;
        case IndexKind::number: return number;
        case IndexKind::quantity: return quantity;
        case IndexKind::reference: return reference;
        case IndexKind::uri: return uri;
        case IndexKind::words: case IndexKind::position: break;
    }
    return token;
}

// The members that a kind uses, in the order of the statements above.
void bind(sql::Statement& statement, std::int64_t rid, const IndexRow& row) {
    statement.bind(rid).bind(row.field);
    switch (row.kind) {
        case IndexKind::token: statement.bind(row.code).bind(row.system); break;
        case IndexKind::string: statement.bind(row.code).bind(row.text); break;
        case IndexKind::date: statement.bind(row.stop).bind(row.start); break;
        case IndexKind::number: statement.bind(row.low).bind(row.high); break;
        case IndexKind::quantity:
            statement.bind(row.low).bind(row.high).bind(row.system).bind(row.code).bind(row.text);
            break;
        case IndexKind::reference: statement.bind(row.code).bind(row.system).bind(row.text); break;
        case IndexKind::uri: statement.bind(row.code); break;
        case IndexKind::words: case IndexKind::position: break;
    }
    statement.bind(row.group);
}

// Runs one statement a row; rows of a kind stand together, so each kind's statement is fetched once.
class Writer {
public:
    Writer(sql::Connection& connection, const char* Table::* text) : connection_(connection), text_(text) {}
    base::Result<void> row(std::int64_t rid, const IndexRow& row) {
        if (!statement_ || kind_ != row.kind) {
            statement_.reset();
            TRY(auto statement, connection_.prepare(table(row.kind).*text_));
            statement_.emplace(std::move(statement));
            kind_ = row.kind;
        }
        bind(*statement_, rid, row);
        return statement_->run();
    }

private:
    sql::Connection& connection_;
    const char* Table::* text_;
    std::optional<sql::Statement> statement_;
    IndexKind kind_ = IndexKind::token;
};

}  // namespace

bool operator<(const IndexRow& a, const IndexRow& b) {
    return std::tie(a.kind, a.field, a.code, a.low, a.high, a.stop, a.start, a.system, a.text, a.group) <
           std::tie(b.kind, b.field, b.code, b.low, b.high, b.stop, b.start, b.system, b.text, b.group);
}

const char* table_of(IndexKind kind) { return table(kind).name; }

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
                case IndexKind::words: case IndexKind::position: break;
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
                              const std::vector<IndexRow>& now) {
    Writer erase(connection, &Table::erase);
    Writer insert(connection, &Table::insert);
    auto old = before.begin();
    auto fresh = now.begin();
    while (old != before.end() || fresh != now.end()) {
        if (fresh == now.end() || (old != before.end() && *old < *fresh)) {
            TRY(erase.row(rid, *old++));
        } else if (old == before.end() || *fresh < *old) {
            TRY(insert.row(rid, *fresh++));
        } else {
            ++old;
            ++fresh;
        }
    }
    return {};
}

}  // namespace store::relational
