// SPDX-License-Identifier: Apache-2.0
#include "store/relational/filling.h"
#include "store/relational/reader.h"
#include "store/relational/term.h"

#include <fmt/format.h>

#include <map>

namespace store::relational {

namespace search = fhir::search;

namespace {

// " and ...": the row r is of a field that the step asks about: of some parameters or any, of one type or any.
Sql fields_at_hand(const std::vector<std::int64_t>& parameters, std::int64_t type) {
    Sql sql(" and r.field & 15 = 0");
    if (type != 0) {
        sql += " and r.field >> 20 = ";
        sql.bind(type);
    }
    if (parameters.empty()) return sql;
    sql += " and r.field & 1048575 in (select value from json_each(";
    sql.bind(json_of(parameters)) += "))";
    return sql;
}

// The same as a list, for a look from what is referred to.
Sql fields_listed(const std::vector<std::int64_t>& parameters, std::int64_t type) {
    Sql sql(" and r.field in (");
    if (!parameters.empty()) {
        sql += type != 0 ? "select ? << 20 | p.value from json_each(?) p)" : "select t.id << 20 | p.value from type t, json_each(?) p)";
        if (type != 0) sql.bindings.emplace_back(type);
        sql.bindings.emplace_back(json_of(parameters));
        return sql;
    }
    // Each field that there is, found by leaping from one to the next.
    sql += "with recursive f(n) as (select min(field) from ix_reference where field >= ";
    sql.bind(type << 20) += " union all select (select min(field) from ix_reference where field > f.n) from f where f.n is not null) "
                            "select n from f where n < ";
    sql.bind(type != 0 ? (type + 1) << 20 : std::int64_t{1} << 62) += " limit 100000)";
    return sql;
}

}  // namespace

base::Result<std::vector<Version>> Reader::follow(const std::vector<Name>& from, const Step& step, const search::Reach& reach, int most) {
    std::vector<Version> found;
    if (from.empty() || most <= 0) return found;
    TRY(session_.write_rows());
    TRY(check_filled(session_, step, reach));
    const Limited limited(session_);
    sql::Connection& connection = *session_.connection;
    const Names names(session_);
    TRY(const std::int64_t holder, names.type(step.type));
    TRY(const std::int64_t target, names.type(step.target));
    if ((!step.type.empty() && holder == 0) || (!step.target.empty() && target == 0)) return found;

    // The resources at hand, as rows of a JSON array: type, id.
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> numbers;  // of each type: as type, as system
    std::string at_hand = "[";
    for (const Name& name : from) {
        auto known = numbers.find(name.type);
        if (known == numbers.end()) {
            TRY(const std::int64_t type, names.type(name.type));
            TRY(const std::int64_t system, names.system(name.type));
            known = numbers.emplace(name.type, std::pair(type, system)).first;
        }
        const auto [type, system] = known->second;
        const bool asked_for = step.backward ? step.target.empty() || name.type == step.target : step.type.empty() || name.type == step.type;
        if (type == 0 || !asked_for || (step.backward && system < 0)) continue;
        if (at_hand.size() > 1) at_hand += ',';
        std::string one = json_of(std::vector<std::string>{name.id});
        one.pop_back();
        at_hand += fmt::format("{},{},{}]", one, type, system);
    }
    at_hand += ']';
    if (at_hand.size() == 2) return found;

    // Rids of the other ends, then those among them that are alive and in reach.
    std::vector<std::int64_t> parameters;
    for (const search::Parameter* one : step.parameters) parameters.push_back(field_of(0, names.parameter(*one), 0));
    Sql ends;
    if (step.backward) {
        ends += "select r.rid as rid from json_each(";
        ends.bind(at_hand) += ") j cross join ix_reference r where r.code = j.value ->> 0 and r.system = j.value ->> 2 and r.text = '' and r.field & 15 = 0";
        ends += fields_listed(parameters, holder);
    } else {
        ends += "select o.rid as rid from json_each(";
        ends.bind(at_hand) += ") j cross join resource d cross join ix_reference r cross join system s cross join type t cross join resource o "
                              "where d.type = j.value ->> 1 and d.id = j.value ->> 0 and d.change <> 2 and r.rid = d.rid and r.text = '' "
                              "and s.id = r.system and t.name = s.uri and o.type = t.id and o.id = r.code";
        ends += fields_at_hand(parameters, holder);
        if (target != 0) {
            ends += " and t.id = ";
            ends.bind(target);
        }
    }
    Sql sql("select distinct t.name, o.id, o.version, o.last_updated, o.position, o.change, o.body from (");
    sql += ends;
    sql += ") e cross join resource o cross join type t where o.rid = e.rid and o.change <> 2 and t.id = o.type";
    const std::string& others = step.backward ? step.type : step.target;
    Terms terms(session_, reach, Seen{});
    Writing writing{Seen{}};
    std::optional<Term> limit;
    if (!others.empty()) {
        TRY(limit, terms.within_reach(others, step.backward ? holder : target));
    } else {
        TRY(limit, terms.among({}));
    }
    if (limit) {
        sql += " and ";
        sql += writing.condition(*limit, "o.rid");
    }
    sql += " order by t.name, o.id limit ";
    sql.bind(std::int64_t{most});
    TRY(auto rows, prepared(connection, sql));
    while (true) {
        TRY(const bool row, rows.step());
        if (!row) return found;
        TRY(Version version, version_from(connection, rows, 2, std::string(rows.text(0)), std::string(rows.text(1))));
        found.push_back(std::move(version));
    }
}

}  // namespace store::relational
