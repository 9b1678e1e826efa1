// SPDX-License-Identifier: Apache-2.0
#pragma once

// From a Query to SQL: every clause becomes a semi-join on the index tables, every value a binding, never text.
//
// A clause is rendered in one of two forms. As a source it lists the rids that satisfy it; as a condition it asks whether
// one given rid does. The plan says which clause is the source; all others become conditions.

#include "fhir/search/match.h"
#include "fhir/search/query.h"
#include "store/cursor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace store::relational {

using Binding = std::variant<std::int64_t, double, std::string>;

struct Sql {
    std::string text;
    std::vector<Binding> bindings;

    Sql& operator+=(std::string_view more) {
        text += more;
        return *this;
    }
    Sql& operator+=(const Sql& more) {
        text += more.text;
        bindings.insert(bindings.end(), more.bindings.begin(), more.bindings.end());
        return *this;
    }
    Sql& bind(Binding value) {
        text += '?';
        bindings.push_back(std::move(value));
        return *this;
    }
};

// What the database has for the names in a query.
struct Numbers {
    std::int64_t type = 0;  // of query.type; 0 = not stored yet, or all types
    const std::vector<std::int64_t>* parameters = nullptr;  // persistent number by Parameter::index
};

// How to fetch, as a value.
struct Plan {
    std::optional<std::size_t> source;  // the clause that lists candidates; none = walk over the resources
    bool streaming = false;             // the source comes in the order of rid by itself
};

// One way to satisfy a clause: rows of `table` under `condition`, written with the alias x.
struct Alternative {
    std::string table;
    Sql condition;
    bool in_order = false;  // one key of the primary index: the rows come in the order of rid
};

struct Clause {
    std::vector<Alternative> any_of;
    bool negated = false;  // no row may satisfy it
    bool can_list() const { return !negated; }
    bool in_order() const { return any_of.size() == 1 && any_of[0].in_order; }
};

// Fault (unsupported) for a parameter that has no index, (too_costly) for too many alternatives.
base::Result<std::vector<Clause>> render_clauses(const fhir::search::Query& query, const Numbers& numbers);

// "select count(*) ..." that stops counting at `most`: how many rows this clause would list.
Sql render_probe(const Clause& clause, int most);

struct Bounds {
    std::int64_t as_of = 0;            // rids above it do not exist
    const Cursor* after = nullptr;     // the place behind which to go on
    int limit = 0;
};

// Columns: rid, then one a sort key.
Sql render_search(const fhir::search::Query& query, const std::vector<Clause>& clauses, const Plan& plan,
                  const Numbers& numbers, const Bounds& bounds);
Sql render_count(const fhir::search::Query& query, const std::vector<Clause>& clauses, const Plan& plan,
                 const Numbers& numbers, std::int64_t as_of);

}  // namespace store::relational
