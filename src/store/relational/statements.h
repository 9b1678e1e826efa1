// SPDX-License-Identifier: Apache-2.0
#pragma once

// The statements of one search: a page from a list of candidates, a page by walking rows that lie in order, and the count.

#include "fhir/search/match.h"
#include "store/cursor.h"
#include "store/relational/plan.h"

namespace store::relational {

// Where a page begins, and which way it goes.
struct Place {
    const Cursor* cursor = nullptr;  // null: at the beginning, or backwards at the end
    bool backwards = false;
    int limit = 0;
};

// Statements whose rows, merged by order, are one course of the result. Columns: rid, one a sort key, and whether it is a hit.
using Course = std::vector<Sql>;

class Statements {
public:
    Statements(const Names& names, const fhir::search::Query& query, std::int64_t type, Seen seen, const std::vector<Term>& terms)
        : names_(names), query_(query), type_(type), seen_(seen), terms_(terms) {}

    // Columns: rid, then one a sort key; in order.
    Sql page(const Plan& plan, const Place& place) const;
    // Can the resources be walked in the order that was asked for?
    bool walkable() const;
    // One after the other they yield every resource in order, some more than once side by side.
    std::vector<Course> walk(const Place& place) const;
    // To be added up.
    std::vector<Sql> count(const Plan& plan) const;

private:
    Sql candidates(const Plan& plan, bool earlier) const;
    Sql key_value(const fhir::search::SortKey& key) const;
    Sql key_rows(const fhir::search::SortKey& key, bool earlier) const;
    Sql whole_type(bool earlier) const;
    Sql hit() const;
    void order(Sql& sql, bool backwards, std::size_t from) const;
    Course in_order_of_creation(const Place& place) const;
    Course with_key(const Place& place) const;
    Course without_key(const Place& place) const;

    const Names& names_;
    const fhir::search::Query& query_;
    std::int64_t type_;
    Seen seen_;
    const std::vector<Term>& terms_;
};

// The value of a sort key in a row.
fhir::search::SortValue sort_value(const fhir::search::SortKey& key, const sql::Statement& row, int column);

}  // namespace store::relational
