// SPDX-License-Identifier: Apache-2.0
#pragma once

// A tree of clauses on its way to SQL: names are numbers, tests are rows of index tables, and what is in reach is a part of
// the tree like what was asked. Every term can be written in two forms: as a condition it asks whether one given resource
// satisfies it, as a list it gives the rids that do. Both are semi-joins; no ids go through the program.
//
// Tests on index rows find living resources only, for the others have no rows.

#include "fhir/search/query.h"
#include "fhir/search/reach.h"
#include "store/relational/names.h"

#include <optional>
#include <string>
#include <vector>

namespace store::relational {

// One way to satisfy a test: rows of `table` under field and condition, written with the alias x.
struct Rows {
    std::string table;
    Sql listed_field;  // " and " before it is not needed: the field when all rows are looked for,
    Sql tested_field;  // and when those of one resource are at hand; may be empty
    Sql condition;     // begins with " and " unless empty
    bool in_order = false;   // one key of the primary index: the rows come in the order of rid
    bool reads_all = false;  // every row of the field is looked at
};

struct Term {
    enum class Kind : std::uint8_t { rows, all, any, none, forward, backward };
    Kind kind = Kind::rows;
    std::vector<Rows> rows{};   // kind rows: any of them; none = never true
    std::vector<Term> parts{};  // of links: what the resource on the other side must satisfy, reach included
    std::string words{};        // for explain: parameter and modifier
    // Links: rows of ix_reference of this parameter, held by resources of type `holder`, that name a resource of type `target`.
    std::int64_t parameter = 0;
    std::int64_t holder = 0;  // 0 = of every type
    std::int64_t target = 0;
    std::int64_t system = 0;  // number of the target type's name among the systems
    // all and links: which part lists. Set by the plan.
    std::optional<std::size_t> source{};
    std::int64_t inner_rows = 0;  // that it lists, as far as was counted

    bool in_order() const { return kind == Kind::rows && rows.size() == 1 && rows[0].in_order; }
    bool reads_all() const;
    bool can_list() const;
};

// Turns clauses into terms. Fault (unsupported) for a parameter that has no index, (too_costly) for too many alternatives.
class Terms {
public:
    Terms(Session& session, const fhir::search::Reach& reach, Seen seen) : names_(session), reach_(reach), seen_(seen) {}

    // Everything that a hit must satisfy, its reach included. `type`: that of the query as a number, 0 = all types.
    base::Result<std::vector<Term>> all_of(const fhir::search::Query& query, std::int64_t type);
    // What a resource of this type must satisfy to be in reach; nothing when all are.
    base::Result<std::optional<Term>> within_reach(const std::string& type, std::int64_t number);
    // Resources of these types within reach (empty = all types); nothing when that is everything.
    base::Result<std::optional<Term>> among(const std::vector<std::string>& types);

private:
    base::Result<Term> term(const fhir::search::Clause& clause, const std::string& type_name, std::int64_t type);
    base::Result<Term> test(const fhir::search::Clause& clause, std::int64_t type);
    base::Result<Term> link(const fhir::search::Clause& clause, const std::string& type_name, std::int64_t type);
    base::Result<std::vector<Rows>> rows_of(const fhir::search::Clause& clause, std::int64_t type, bool earlier);
    base::Result<Rows> composite(const fhir::search::Parameter& parameter, const fhir::search::Value& value, std::int64_t type, bool earlier);
    void present(const fhir::search::Parameter& parameter, std::int64_t type, bool earlier, std::vector<Rows>& rows);
    Rows on_resource(std::int64_t type, bool earlier, Sql condition);
    Rows on_index(fhir::search::IndexKind kind, const fhir::search::Parameter& parameter, int component, std::int64_t type, bool earlier);
    Term of_types(const std::vector<std::int64_t>& numbers);

    Names names_;
    const fhir::search::Reach& reach_;
    Seen seen_;
    std::size_t alternatives_ = 0;
};

// Writes terms as SQL. Aliases are counted, so that what stands inside never hides what stands outside.
class Writing {
public:
    explicit Writing(Seen seen) : seen_(seen) {}
    // "(...)": does the resource `rid` (an expression) satisfy it?
    Sql condition(const Term& term, const std::string& rid);
    // "select ... as rid ...": those that do, some perhaps more than once. Only of what can_list().
    Sql list(const Term& term);
    // Those that satisfy all: `source` lists, the others are asked.
    Sql list(const std::vector<Term>& terms, std::size_t source);
    // " and " and a condition each, without those that `source` answers already.
    Sql conditions(const std::vector<Term>& terms, std::optional<std::size_t> source, const std::string& rid);
    // "alias exists at the moment that is seen": of a row of the table resource.
    Sql alive(const std::string& alias) const;
    // " and ...": of a row of the tables of now, that its resource was the same at the moment that is seen.
    Sql unmoved(const std::string& alias) const { return unmoved(alias, seen_); }
    static Sql unmoved(const std::string& alias, Seen seen);

private:
    Sql link_condition(const Term& term, const std::string& rid, bool earlier);
    Sql link_list(const Term& term, bool earlier);
    Sql reference(const Term& term, const std::string& alias, const std::string& target, bool earlier) const;
    std::string alias(const char* letter) { return letter + std::to_string(++aliases_); }

    Seen seen_;
    int aliases_ = 0;
};

}  // namespace store::relational
