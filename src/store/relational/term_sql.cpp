// SPDX-License-Identifier: Apache-2.0
#include "store/relational/term.h"

#include <fmt/format.h>

namespace store::relational {

using fhir::search::IndexKind;

Sql Writing::unmoved(const std::string& alias, Seen seen) {
    Sql sql;
    if (seen.until != 0) {
        sql += fmt::format(" and {}.rid <= ", alias);
        sql.bind(seen.until);
    }
    if (seen.moved) sql += fmt::format(" and {}.rid not in (select rid from temp.then_resource)", alias);
    return sql;
}

Sql Writing::alive(const std::string& alias) const {
    Sql sql;
    if (!seen_.moved) {
        sql += fmt::format("{}.change <> 2", alias);
    } else {
        sql += fmt::format("coalesce((select m.change from temp.then_resource m where m.rid = {0}.rid), {0}.change) <> 2", alias);
    }
    if (seen_.until != 0) {
        sql += fmt::format(" and {}.rid <= ", alias);
        sql.bind(seen_.until);
    }
    return sql;
}

Sql Writing::conditions(const std::vector<Term>& terms, std::optional<std::size_t> source, const std::string& rid) {
    Sql sql;
    for (std::size_t i = 0; i < terms.size(); ++i) {
        if (source == i) continue;
        sql += " and ";
        sql += condition(terms[i], rid);
    }
    return sql;
}

Sql Writing::condition(const Term& term, const std::string& rid) {
    Sql sql;
    const auto several = [&](const char* between, const char* when_none) {
        if (term.parts.empty()) sql += when_none;
        for (std::size_t i = 0; i < term.parts.size(); ++i) {
            if (i > 0) sql += between;
            sql += condition(term.parts[i], rid);
        }
        sql += ")";
    };
    switch (term.kind) {
        case Term::Kind::rows:
            sql += "(";
            if (term.rows.empty()) sql += "0";
            for (std::size_t i = 0; i < term.rows.size(); ++i) {
                if (i > 0) sql += " or ";
                sql += fmt::format("exists(select 1 from {} x where x.rid = {} and ", term.rows[i].table, rid);
                sql += term.rows[i].tested_field;
                sql += term.rows[i].condition;
                sql += ")";
            }
            sql += ")";
            break;
        case Term::Kind::all:
            sql += "(";
            several(" and ", "1");
            break;
        case Term::Kind::any:
            sql += "(";
            several(" or ", "0");
            break;
        case Term::Kind::none:
            sql += "not (";
            several(" or ", "0");
            break;
        case Term::Kind::forward:
        case Term::Kind::backward:
            sql += "(";
            sql += link_condition(term, rid, false);
            if (seen_.moved) {
                sql += " or ";
                sql += link_condition(term, rid, true);
            }
            sql += ")";
            break;
    }
    return sql;
}

// " and ...": the row `alias` of references names the resource `target` by a relative reference.
Sql Writing::reference(const Term& term, const std::string& alias, const std::string& target, bool earlier) const {
    Sql sql(fmt::format(" and {}.code = {}.id and {}.text = ''", alias, target, alias));
    if (term.kind == Term::Kind::forward) {
        sql += fmt::format(" and {}.system in (0, ", alias);
        sql.bind(term.system) += ")";
    } else if (term.target != 0) {
        sql += fmt::format(" and {}.system = ", alias);
        sql.bind(term.system);
    } else {
        sql += fmt::format(" and {}.system = (select s.id from type t join system s on s.uri = t.name where t.id = {}.type)", alias, target);
    }
    if (!earlier) sql += unmoved(alias);
    return sql;
}

Sql Writing::link_condition(const Term& term, const std::string& rid, bool earlier) {
    const std::string row = alias("r");
    const std::string target = alias("d");
    const std::string table = table_seen(IndexKind::reference, earlier);
    Sql sql;
    if (term.kind == Term::Kind::forward) {
        sql += fmt::format("exists(select 1 from {} {} cross join resource {} where {}.rid = {} and ", table, row, target, row, rid);
        sql += field_at_hand(row, term.holder, term.parameter, 0);
        sql += fmt::format(" and {}.type = ", target);
        sql.bind(term.target);
        sql += reference(term, row, target, earlier);
        sql += " and ";
        sql += alive(target);
        sql += conditions(term.parts, std::nullopt, target + ".rid");
    } else {
        sql += fmt::format("exists(select 1 from resource {} cross join {} {} where {}.rid = {} and ", target, table, row, target, rid);
        sql += field_is(row, term.holder, term.parameter, 0);
        sql += reference(term, row, target, earlier);
        sql += conditions(term.parts, std::nullopt, row + ".rid");
    }
    sql += ")";
    return sql;
}

Sql Writing::list(const Term& term) {
    Sql sql;
    const auto also = [&](const Sql& more) {
        if (!sql.text.empty()) sql += " union all ";
        sql += more;
    };
    switch (term.kind) {
        case Term::Kind::rows:
            for (const Rows& rows : term.rows) {
                Sql one(fmt::format("select x.rid as rid from {} x where ", rows.table));
                one += rows.listed_field;
                one += rows.condition;
                also(one);
            }
            break;
        case Term::Kind::any:
            for (const Term& part : term.parts) {
                Sql one(fmt::format("select rid from ("));
                one += list(part);
                one += ")";
                also(one);
            }
            break;
        case Term::Kind::all: return list(term.parts, *term.source);
        case Term::Kind::none: break;
        case Term::Kind::forward:
        case Term::Kind::backward:
            also(link_list(term, false));
            if (seen_.moved) also(link_list(term, true));
            break;
    }
    return sql.text.empty() ? Sql("select 0 as rid where 0") : sql;
}

Sql Writing::list(const std::vector<Term>& terms, std::size_t source) {
    if (terms.size() == 1) return list(terms[0]);
    const std::string from = alias("t");
    Sql sql(fmt::format("select {0}.rid as rid from (", from));
    sql += list(terms[source]);
    sql += fmt::format(") {} where 1", from);
    sql += conditions(terms, source, from + ".rid");
    return sql;
}

Sql Writing::link_list(const Term& term, bool earlier) {
    const std::string row = alias("r");
    const std::string target = alias("d");
    const std::string from = alias("t");
    const std::string table = table_seen(IndexKind::reference, earlier);
    Sql sql;
    if (term.kind == Term::Kind::forward) {
        sql += fmt::format("select {}.rid as rid from (", row);
        sql += list(term.parts, *term.source);
        sql += fmt::format(") {} cross join resource {} cross join {} {} where {}.rid = {}.rid and {}.type = ", from, target, table, row, target,
                           from, target);
        sql.bind(term.target) += " and ";
        sql += field_is(row, term.holder, term.parameter, 0);
        sql += reference(term, row, target, earlier);
        return sql;
    }
    sql += fmt::format("select {}.rid as rid from ", target);
    if (term.source) {
        sql += "(";
        sql += list(term.parts, *term.source);
        sql += fmt::format(") {} cross join {} {} cross join resource {} where {}.rid = {}.rid and ", from, table, row, target, row, from);
        sql += field_at_hand(row, term.holder, term.parameter, 0);
    } else {
        sql += fmt::format("{} {} cross join resource {} where ", table, row, target);
        sql += field_is(row, term.holder, term.parameter, 0);
    }
    if (term.target != 0) {
        sql += fmt::format(" and {}.type = ", target);
        sql.bind(term.target);
    } else {
        sql += fmt::format(" and {}.type = (select t.id from type t join system s on s.uri = t.name where s.id = {}.system)", target, row);
    }
    sql += reference(term, row, target, earlier);
    sql += " and ";
    sql += alive(target);
    if (!term.source) sql += conditions(term.parts, std::nullopt, row + ".rid");
    return sql;
}

}  // namespace store::relational
