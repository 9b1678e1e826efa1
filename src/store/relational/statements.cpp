// SPDX-License-Identifier: Apache-2.0
#include "store/relational/statements.h"

#include <fmt/format.h>

namespace store::relational {

namespace search = fhir::search;
using search::IndexKind;
using search::ParameterType;

namespace {

// search::no_begin; SQL has no literal for it, -9223372036854775808 would be read as a real.
constexpr const char* lowest = "(-9223372036854775807 - 1)";

// The value that a row stands for in a sort (match.h), of the table written with `x`.
std::string value_of_row(IndexKind kind, bool descending, char x) {
    switch (kind) {
        case IndexKind::number:
        case IndexKind::quantity: return fmt::format("{}.{}", x, descending ? "high" : "low");
        case IndexKind::reference:
            return fmt::format("iif({0}.system = 0, {0}.code, coalesce((select uri from system where id = {0}.system), '') || '/' || {0}.code)", x);
        case IndexKind::date: {
            // An open end of a period does not tell where the resource stands: the other end does.
            const std::string stop = fmt::format("iif({0}.stop = {1}, {0}.start, {0}.stop)", x, search::no_end);
            return descending ? stop : fmt::format("iif({0}.start = {1}, {2}, {0}.start)", x, lowest, stop);
        }
        default: return fmt::format("{}.code", x);
    }
}

// " and ...": rows that tell of a value but have nothing to stand by do not count.
std::string counts(IndexKind kind, std::string_view x) {
    const bool has_code = kind == IndexKind::token || kind == IndexKind::string || kind == IndexKind::uri || kind == IndexKind::reference;
    return has_code ? fmt::format(" and {}.code <> ''", x) : "";
}

Binding binding_of(const search::SortKey& key, const search::SortValue& value) {
    if (is_id(*key.parameter)) return value.text;
    if (is_time(*key.parameter)) return value.time;
    switch (key.parameter->type) {
        case ParameterType::date: return value.time;
        case ParameterType::number:
        case ParameterType::quantity: return value.number;
        default: return value.text;
    }
}

// True for what stands behind the place (or before it) from key `i` on.
void beyond(Sql& sql, const search::Query& query, const Cursor& cursor, bool backwards, std::size_t i) {
    if (i == query.sort.size()) {
        sql += backwards ? "d.rid < " : "d.rid > ";
        sql.bind(cursor.rank);
        return;
    }
    const search::SortValue& value = cursor.values[i];
    if (!value.present) {
        if (backwards) sql += fmt::format("(k{0} is not null or k{0} is null and ", i);
        else sql += fmt::format("(k{} is null and ", i);
        beyond(sql, query, cursor, backwards, i + 1);
        sql += ")";
        return;
    }
    sql += backwards ? fmt::format("(k{} ", i) : fmt::format("(k{0} is null or k{0} ", i);
    sql += query.sort[i].descending != backwards ? "< " : "> ";
    sql.bind(binding_of(query.sort[i], value)) += fmt::format(" or (k{} = ", i);
    sql.bind(binding_of(query.sort[i], value)) += " and ";
    beyond(sql, query, cursor, backwards, i + 1);
    sql += "))";
}

}  // namespace

// "resource d where ..." of what there is of the query's type, as it is now or was.
Sql Statements::whole_type(bool earlier) const {
    Sql sql(earlier ? "temp.then_resource d where d.change <> 2" : "resource d where d.change <> 2");
    if (type_ != 0) {
        sql += " and d.type = ";
        sql.bind(type_);
    }
    if (!earlier) sql += Writing::unmoved("d", seen_);
    return sql;
}

// "from ... where ..." over the candidates, whose rid is d.rid.
Sql Statements::candidates(const Plan& plan, bool earlier) const {
    Writing writing(seen_);
    Sql sql("from ");
    if (!plan.source) {
        sql += whole_type(earlier);
    } else {
        sql += plan.streaming ? "(" : "(select distinct rid from (";
        sql += writing.list(terms_[*plan.source]);
        sql += plan.streaming ? ") d where 1" : ")) d where 1";
    }
    sql += writing.conditions(terms_, plan.source, "d.rid");
    return sql;
}

// A resource's value under a sort key: the smallest ascending, the largest descending (FHIR R4 3.1.1.5.1).
Sql Statements::key_value(const search::SortKey& key) const {
    if (!seen_.moved) return key_rows(key, false);
    Sql sql("iif(d.rid in (select rid from temp.then_resource), ");
    sql += key_rows(key, true);
    sql += ", ";
    sql += key_rows(key, false);
    sql += ")";
    return sql;
}

Sql Statements::key_rows(const search::SortKey& key, bool earlier) const {
    const search::Parameter& parameter = *key.parameter;
    if (is_id(parameter) || is_time(parameter))
        return fmt::format("(select x.{} from {} x where x.rid = d.rid)", is_id(parameter) ? "id" : "last_updated",
                           earlier ? "temp.then_resource" : "resource");
    const auto kind = kind_of(parameter.type);
    if (!kind) return "null";
    const auto rows = [&](int component) {
        Sql sql(fmt::format("(select {}({}) from {} x where x.rid = d.rid and ", key.descending ? "max" : "min",
                            value_of_row(*kind, key.descending, 'x'), table_seen(*kind, earlier)));
        sql += field_at_hand("x", type_, names_.parameter(parameter), component);
        sql += counts(*kind, "x");
        sql += ")";
        return sql;
    };
    if (*kind != IndexKind::quantity) return rows(0);
    // Amounts in base units stand for those in others, where there are any.
    Sql sql("coalesce(");
    sql += rows(search::in_base_units);
    sql += ", ";
    sql += rows(0);
    sql += ")";
    return sql;
}

void Statements::order(Sql& sql, bool backwards, std::size_t from) const {
    sql += " order by ";
    for (std::size_t i = from; i < query_.sort.size(); ++i)
        sql += fmt::format("k{0} is null{1}, k{0}{2}, ", i, backwards ? " desc" : "", query_.sort[i].descending != backwards ? " desc" : "");
    sql += backwards ? "d.rid desc" : "d.rid";
}

Sql Statements::page(const Plan& plan, const Place& place) const {
    Sql sql;
    if (query_.sort.empty()) {
        sql += plan.streaming ? "select distinct d.rid " : "select d.rid ";
        sql += candidates(plan, false);
        if (place.cursor) {
            sql += " and ";
            beyond(sql, query_, *place.cursor, place.backwards, 0);
        }
    } else {
        sql += "with hit as materialized (select d.rid as rid";
        for (std::size_t i = 0; i < query_.sort.size(); ++i) {
            sql += ", ";
            sql += key_value(query_.sort[i]);
            sql += fmt::format(" as k{}", i);
        }
        sql += " ";
        sql += candidates(plan, false);
        if (!plan.source && seen_.moved) {
            sql += " union all select d.rid";
            for (const auto& key : query_.sort) {
                sql += ", ";
                sql += key_value(key);
            }
            sql += " ";
            sql += candidates(plan, true);
        }
        sql += ") select * from hit d";
        if (place.cursor) {
            sql += " where ";
            beyond(sql, query_, *place.cursor, place.backwards, 0);
        }
    }
    order(sql, place.backwards, 0);
    sql += " limit ";
    sql.bind(std::int64_t{place.limit});
    return sql;
}

std::vector<Sql> Statements::count(const Plan& plan) const {
    std::vector<Sql> all;
    all.push_back(Sql("select count(*) ") + candidates(plan, false));
    if (!plan.source && seen_.moved) all.push_back(Sql("select count(*) ") + candidates(plan, true));
    return all;
}

bool Statements::walkable() const {
    if (query_.sort.empty()) return true;
    if (type_ == 0) return false;
    const search::SortKey& key = query_.sort[0];
    if (is_id(*key.parameter) || is_time(*key.parameter)) return true;
    switch (key.parameter->type) {
        case ParameterType::string:
        case ParameterType::token:
        case ParameterType::uri: return true;
        case ParameterType::date: return key.descending;  // the keys stand in the order of the end
        default: return false;
    }
}

Sql Statements::hit() const {
    Writing writing(seen_);
    Sql sql(", (1");
    sql += writing.conditions(terms_, std::nullopt, "d.rid");
    sql += ")";
    return sql;
}

std::vector<Course> Statements::walk(const Place& place) const {
    if (query_.sort.empty()) return {in_order_of_creation(place)};
    const bool within_keys = place.cursor && place.cursor->values[0].present;
    const bool behind_keys = place.cursor && !within_keys;
    const Place from_the_end{nullptr, place.backwards, place.limit};
    std::vector<Course> all;
    if (place.backwards) {
        if (!within_keys) all.push_back(without_key(place));
        all.push_back(with_key(behind_keys ? from_the_end : place));
    } else {
        if (!behind_keys) all.push_back(with_key(place));
        all.push_back(without_key(within_keys ? from_the_end : place));
    }
    return all;
}

Course Statements::in_order_of_creation(const Place& place) const {
    Course all;
    for (const bool earlier : {false, true}) {
        if (earlier && !seen_.moved) break;
        Sql sql("select d.rid");
        sql += hit();
        sql += " from ";
        sql += whole_type(earlier);
        if (place.cursor) {
            sql += " and ";
            beyond(sql, query_, *place.cursor, place.backwards, 0);
        }
        order(sql, place.backwards, 0);
        all.push_back(std::move(sql));
    }
    return all;
}

// Rows of the first key's index, in its order. A resource stands where its best row stands.
Course Statements::with_key(const Place& place) const {
    const search::SortKey& key = query_.sort[0];
    const bool of_resource = is_id(*key.parameter) || is_time(*key.parameter);
    const auto kind = of_resource ? std::nullopt : kind_of(key.parameter->type);
    const bool down = key.descending != place.backwards;
    struct Part {
        std::string value;
        std::string which;
    };
    std::vector<Part> parts;
    if (of_resource) {
        parts.push_back({is_id(*key.parameter) ? "d.id" : "d.last_updated", ""});
    } else if (*kind == IndexKind::date) {  // with an end they stand in the order of the end, without one in that of the start
        parts.push_back({"d.stop", fmt::format(" and d.stop < {}", search::no_end)});
        parts.push_back({"d.start", fmt::format(" and d.stop = {}", search::no_end)});
    } else {
        parts.push_back({"d.code", ""});
    }
    Course all;
    for (const bool earlier : {false, true}) {
        if (earlier && !seen_.moved) break;
        for (const Part& part : parts) {
            Sql sql(fmt::format("select d.rid, {} as k0", part.value));
            for (std::size_t i = 1; i < query_.sort.size(); ++i) {
                sql += ", ";
                sql += key_value(query_.sort[i]);
                sql += fmt::format(" as k{}", i);
            }
            sql += hit();
            sql += " from ";
            if (of_resource) {
                sql += whole_type(earlier);
            } else {
                const std::string table = table_seen(*kind, earlier);
                sql += table + " d where ";
                sql += field_is("d", type_, names_.parameter(*key.parameter), 0);
                sql += part.which;
                if (!earlier) sql += Writing::unmoved("d", seen_);
                sql += counts(*kind, "d");
                sql += fmt::format(" and not exists (select 1 from {} y where y.rid = d.rid and y.field = d.field{} and {} {} {})", table,
                                   counts(*kind, "y"), value_of_row(*kind, key.descending, 'y'), key.descending ? ">" : "<", part.value);
            }
            if (place.cursor) {
                sql += fmt::format(" and {} {} ", part.value, down ? "<=" : ">=");
                sql.bind(binding_of(key, place.cursor->values[0])) += " and ";
                beyond(sql, query_, *place.cursor, place.backwards, 0);
            }
            sql += fmt::format(" order by {}{}", part.value, down ? " desc" : "");
            for (std::size_t i = 1; i < query_.sort.size(); ++i)
                sql += fmt::format(", k{0} is null{1}, k{0}{2}", i, place.backwards ? " desc" : "",
                                   query_.sort[i].descending != place.backwards ? " desc" : "");
            sql += place.backwards ? ", d.rid desc" : ", d.rid";
            all.push_back(std::move(sql));
        }
    }
    return all;
}

// Resources without a value under the first key: behind all others.
Course Statements::without_key(const Place& place) const {
    const search::SortKey& key = query_.sort[0];
    if (is_id(*key.parameter) || is_time(*key.parameter)) return {};
    const auto kind = kind_of(key.parameter->type);
    Course all;
    for (const bool earlier : {false, true}) {
        if (earlier && !seen_.moved) break;
        Sql sql("select d.rid, null as k0");
        for (std::size_t i = 1; i < query_.sort.size(); ++i) {
            sql += ", ";
            sql += key_value(query_.sort[i]);
            sql += fmt::format(" as k{}", i);
        }
        sql += hit();
        sql += " from ";
        sql += whole_type(earlier);
        sql += fmt::format(" and not exists (select 1 from {} y where y.rid = d.rid and ", table_seen(*kind, earlier));
        sql += field_is("y", type_, names_.parameter(*key.parameter), 0);
        sql += counts(*kind, "y");
        sql += ")";
        if (place.cursor) {
            sql += " and ";
            beyond(sql, query_, *place.cursor, place.backwards, 0);
        }
        order(sql, place.backwards, 1);
        all.push_back(std::move(sql));
    }
    return all;
}

search::SortValue sort_value(const search::SortKey& key, const sql::Statement& row, int column) {
    search::SortValue value;
    if (row.null(column)) return value;
    value.present = true;
    if (is_time(*key.parameter) || key.parameter->type == ParameterType::date)
        value.time = row.integer(column);
    else if (key.parameter->type == ParameterType::number || key.parameter->type == ParameterType::quantity)
        value.number = row.real(column);
    else
        value.text = row.text(column);
    return value;
}

}  // namespace store::relational
