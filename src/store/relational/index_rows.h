// SPDX-License-Identifier: Apache-2.0
#pragma once

// Index values as rows of the ix_ tables, and the difference between what a resource had and what it has now.

#include "fhir/search/index_value.h"
#include "store/relational/words.h"
#include "store/sql/sqlite.h"

#include <array>
#include <compare>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace store::relational {

// One row; which members count depends on the kind. The views live elsewhere.
struct IndexRow {
    fhir::search::IndexKind kind = fhir::search::IndexKind::token;
    std::int64_t field = 0;
    std::string_view code;
    double low = 0;
    double high = 0;
    std::int64_t stop = 0;
    std::int64_t start = 0;
    std::int64_t system = 0;
    std::string_view text;
    std::int64_t group = 0;

    bool operator==(const IndexRow&) const = default;
};

// The order of the tables and their primary keys, so that rows are written side by side.
bool operator<(const IndexRow& a, const IndexRow& b);

constexpr std::int64_t field_of(std::int64_t type, std::int64_t parameter, int component) {
    return type << 20 | parameter << 4 | component;
}

inline constexpr std::array all_kinds{fhir::search::IndexKind::token,  fhir::search::IndexKind::string,
                               fhir::search::IndexKind::date,   fhir::search::IndexKind::number,
                               fhir::search::IndexKind::quantity, fhir::search::IndexKind::reference,
                               fhir::search::IndexKind::uri,    fhir::search::IndexKind::words,
                               fhir::search::IndexKind::position};

const char* table_of(fhir::search::IndexKind kind);

// The rows of resource `rid`, sorted; their text is kept in `texts`.
base::Result<std::vector<IndexRow>> read_rows(sql::Connection& connection, std::int64_t rid, std::deque<std::string>& texts);

// Rows of a piece of work that are yet to be written: one statement writes up to 32 of a kind, and a resource has few of each. Whoever
// reads rows inside the writing transaction writes these first. The texts are copied.
class UnwrittenRows {
public:
    static constexpr std::size_t most = 4096;  // then they are written, so that large transactions stay small in memory

    void add(std::int64_t rid, const IndexRow& row);
    std::size_t size() const { return rows_.size(); }
    // What the index of words has to learn of them is noted in `words`.
    base::Result<void> write(sql::Connection& connection, UnwrittenWords& words);
    void clear();  // the piece of work is taken back

    struct Row {
        std::int64_t rid;
        IndexRow row;
    };

private:
    std::string_view kept(std::string_view text);

    std::vector<Row> rows_;
    std::vector<std::string> texts_;  // none ever grows beyond its room
};

// Makes the rows of `rid` be `now` where they were `before` (both sorted, without doubles); touches only the difference. What is gone
// is taken away at once, what is new is noted in `rows`.
base::Result<void> write_rows(sql::Connection& connection, std::int64_t rid, const std::vector<IndexRow>& before,
                              const std::vector<IndexRow>& now, UnwrittenRows& rows, UnwrittenWords& words);

// Index values as rows, sorted, without doubles; what cannot be found is left out. `system` gives the number of a system.
using SystemNumber = std::function<base::Result<std::int64_t>(const std::string& uri)>;
base::Result<std::vector<IndexRow>> rows_from(const std::vector<fhir::search::IndexValue>& values, std::int64_t type,
                                              const std::vector<std::int64_t>& parameters, const SystemNumber& system);

// The same tables once more, temporary and for an earlier moment (earlier.h): temp.then_token and so on.
base::Result<void> make_earlier_tables(sql::Connection& connection);
base::Result<void> empty_earlier_tables(sql::Connection& connection);
base::Result<void> write_earlier_rows(sql::Connection& connection, std::int64_t rid, const std::vector<IndexRow>& rows);

}  // namespace store::relational
