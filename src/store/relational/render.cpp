// SPDX-License-Identifier: Apache-2.0
#include "store/relational/render.h"

#include "fhir/search/token.h"
#include "store/relational/index_rows.h"

#include <fmt/format.h>

#include <algorithm>

namespace store::relational {

namespace search = fhir::search;
using base::Fault;
using search::IndexKind;
using search::Modifier;
using search::Parameter;
using search::ParameterType;
using search::Prefix;
using search::Value;

namespace {

constexpr std::size_t most_alternatives = 400;
// Of all clauses together: SQLite prepares a statement in a time that grows with the square of them, and cannot be stopped in it.
constexpr std::size_t most_in_all = 1000;
// search::no_begin; SQL has no literal for it, -9223372036854775808 would be read as a real.
constexpr const char* lowest = "(-9223372036854775807 - 1)";

bool is_id(const Parameter& parameter) { return parameter.code == "_id"; }
bool is_time(const Parameter& parameter) { return parameter.code == "_lastUpdated"; }

std::optional<IndexKind> kind_of(ParameterType type) {
    switch (type) {
        case ParameterType::number: return IndexKind::number;
        case ParameterType::date: return IndexKind::date;
        case ParameterType::string: return IndexKind::string;
        case ParameterType::token: return IndexKind::token;
        case ParameterType::reference: return IndexKind::reference;
        case ParameterType::quantity: return IndexKind::quantity;
        case ParameterType::uri: return IndexKind::uri;
        case ParameterType::composite:
        case ParameterType::special: return std::nullopt;
    }
    return std::nullopt;
}

std::int64_t number_of(const Parameter& parameter, const Numbers& numbers) {
    const auto& all = *numbers.parameters;
    return parameter.index < all.size() ? all[parameter.index] : 0;
}

// The rows of a parameter's component: one field, or the same field of every type.
Sql field(const Parameter& parameter, int component, const Numbers& numbers, bool all_types, char alias) {
    Sql sql;
    const std::int64_t number = number_of(parameter, numbers);
    if (all_types) {
        sql += fmt::format("{}.field in (select id << 20 | ", alias);
        sql.bind(field_of(0, number, component)) += " from type)";
    } else {
        sql += fmt::format("{}.field = ", alias);
        sql.bind(field_of(numbers.type, number, component));
    }
    return sql;
}

Sql equals(char alias, const char* column, Binding value) {
    Sql sql;
    sql += fmt::format("{}.{} = ", alias, column);
    sql.bind(std::move(value));
    return sql;
}

Sql system_equals(char alias, const std::string& system) {
    if (system.empty()) return equals(alias, "system", std::int64_t{0});
    Sql sql;
    sql += fmt::format("{}.system = (select id from system where uri = ", alias);
    sql.bind(system) += ")";
    return sql;
}

// [from, to) against a value's [start, stop) (FHIR R4 3.1.1.4.7), as one side of `stop` where that is possible: the keys
// stand in its order. What is said about the start is said about the stop as well, for nothing stops before it starts.
// For values that all last equally long the stop is the column of the start, and `length` tells the difference.
Sql interval(Prefix prefix, const std::string& start, const std::string& stop, base::Micros from, base::Micros to,
             base::Micros length = 0) {
    Sql sql;
    const auto ask = [&](const std::string& column, const char* sign, base::Micros bound) {
        sql += fmt::format("{} {} ", column, sign);
        sql.bind(bound);
    };
    const auto inside = [&] {
        ask(start, ">=", from);
        sql += " and ";
        ask(stop, "<=", to - length);
    };
    sql += "(";
    switch (prefix) {
        case Prefix::eq:
            ask(stop, ">=", from - length);
            sql += " and ";
            inside();
            break;
        case Prefix::ne:
            sql += "not (";
            inside();
            sql += ")";
            break;
        case Prefix::gt: ask(stop, ">", to - length); break;
        case Prefix::lt: ask(start, "<", from); break;
        case Prefix::ge:
            ask(stop, ">=", from - length);
            sql += " and (";
            ask(stop, ">", to - length);
            sql += " or ";
            inside();
            sql += ")";
            break;
        case Prefix::le:
            ask(start, "<", from);
            sql += " or ";
            inside();
            break;
        case Prefix::sa:
            ask(stop, ">=", to - length);
            sql += " and ";
            ask(start, ">=", to);
            break;
        case Prefix::eb: ask(stop, "<=", from - length); break;
        case Prefix::ap:
            ask(start, "<", to);
            sql += " and ";
            ask(stop, ">", from - length);
            break;
    }
    sql += ")";
    return sql;
}

// A number or quantity: [low, high] of the row against the asked number (FHIR R4 3.1.1.4.6).
Sql range(char alias, const Value& value) {
    Sql sql;
    const auto compare = [&](const char* column, const char* sign, double bound) {
        sql += fmt::format("{}.{} {} ", alias, column, sign);
        sql.bind(bound);
    };
    switch (value.prefix) {
        case Prefix::eq:
        case Prefix::ne:  // the range of the digits' precision: [low, high), or one number when they are equal
            sql += value.prefix == Prefix::ne ? "not (" : "(";
            compare("low", ">=", value.low);
            sql += " and ";
            compare("high", value.low == value.high ? "<=" : "<", value.high);
            sql += ")";
            break;
        case Prefix::ap:  // widened already
            sql += "(";
            compare("low", "<=", value.high);
            sql += " and ";
            compare("high", ">=", value.low);
            sql += ")";
            break;
        case Prefix::gt: compare("high", ">", value.exact); break;
        case Prefix::lt: compare("low", "<", value.exact); break;
        case Prefix::ge: compare("high", ">=", value.exact); break;
        case Prefix::le: compare("low", "<=", value.exact); break;
        case Prefix::sa: compare("low", ">", value.exact); break;
        case Prefix::eb: compare("high", "<", value.exact); break;
    }
    return sql;
}

// Folded text that begins with `prefix`: [prefix, prefix with its last byte raised). UTF-8 holds no FF.
Sql begins_with(char alias, const std::string& prefix) {
    Sql sql;
    sql += fmt::format("{}.code >= ", alias);
    sql.bind(prefix);
    if (prefix.empty()) return sql;
    std::string end = prefix;
    end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
    sql += fmt::format(" and {}.code < ", alias);
    sql.bind(std::move(end));
    return sql;
}

// What is asked of a row: `key`, when there is one, must equal the column `code` (of the resource: `id`).
struct Asked {
    std::optional<std::string> key;
    Sql rest;
};

// " and x.code = ?" for one key, " and x.code in (?, ...)" for several.
Sql key_among(char alias, const char* column, const std::vector<std::string>& keys) {
    Sql sql;
    sql += fmt::format(" and {}.{} ", alias, column);
    sql += keys.size() == 1 ? "= " : "in (";
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (i > 0) sql += ", ";
        sql.bind(keys[i]);
    }
    if (keys.size() > 1) sql += ")";
    return sql;
}

// What a row of the parameter's kind must satisfy; the field is already asked for. `rest` begins with " and ".
Asked compare(const Parameter& parameter, const Value& value, Modifier modifier, char alias) {
    Asked asked;
    const auto also = [&](const Sql& sql) {
        asked.rest += " and ";
        asked.rest += sql;
    };
    switch (parameter.type) {
        case ParameterType::token:
            if (!value.any_code) {
                const auto keys = search::token_keys(parameter, value.code);
                if (keys.size() == 1) asked.key = keys[0];
                else asked.rest += key_among(alias, "code", keys);
            }
            if (!value.any_code && value.code.empty()) asked.rest += " and 0";  // no code is no match
            if (value.has_system) also(system_equals(alias, value.system));
            break;
        case ParameterType::string:
            if (modifier == Modifier::exact) {
                asked.key = value.code;
                also(equals(alias, "text", value.text));
            } else if (modifier == Modifier::contains) {
                asked.rest += fmt::format(" and instr({}.code, ", alias);
                asked.rest.bind(value.code) += ") > 0";
            } else {
                also(begins_with(alias, value.code));
            }
            break;
        case ParameterType::uri: asked.key = value.code; break;
        case ParameterType::reference:
            asked.key = value.code;
            if (!value.system.empty()) also(system_equals(alias, value.system));
            break;
        case ParameterType::date:
            also(interval(value.prefix, fmt::format("{}.start", alias), fmt::format("{}.stop", alias), value.from, value.to));
            break;
        case ParameterType::number: also(range(alias, value)); break;
        case ParameterType::quantity:
            also(range(alias, value));
            if (value.has_system) also(system_equals(alias, value.system));
            if (value.has_system && !value.code.empty()) also(equals(alias, "code", value.code));
            if (!value.has_system && !value.code.empty()) {  // the unit's code or its human form
                asked.rest += fmt::format(" and ({}.code = ", alias);
                asked.rest.bind(value.code) += fmt::format(" or {}.text = ", alias);
                asked.rest.bind(value.code) += ")";
            }
            break;
        case ParameterType::composite:
        case ParameterType::special: break;
    }
    return asked;
}

class Renderer {
public:
    Renderer(const search::Query& query, const Numbers& numbers)
        : numbers_(numbers), all_types_(query.type.empty()) {}

    base::Result<Clause> clause(const search::Clause& asked) const {
        const Parameter& parameter = *asked.parameter;
        Clause clause;
        for (const Modifier modifier : {Modifier::text, Modifier::in, Modifier::not_in, Modifier::above, Modifier::below, Modifier::identifier, Modifier::of_type})
            if (asked.modifier == modifier) return Fault{Fault::Kind::unsupported, fmt::format("{} cannot be searched by with this modifier", parameter.code)};
        if (search::is_words(parameter)) return Fault{Fault::Kind::unsupported, fmt::format("{} cannot be searched by", parameter.code)};
        if (asked.modifier == Modifier::missing) {
            if (asked.any_of.empty()) return clause;
            clause.negated = asked.any_of[0].missing;
            for (const Value& value : asked.any_of)
                if (value.missing != asked.any_of[0].missing) return Clause{{}, true};  // true,false: everything
            missing(parameter, clause);
            return clause;
        }
        clause.negated = asked.modifier == Modifier::not_;
        std::vector<Part> parts;
        for (const Value& value : asked.any_of) {
            TRY(Part part, alternative(parameter, value, asked));
            join(parts, std::move(part));
        }
        if (parts.size() > most_alternatives)
            return Fault{Fault::Kind::too_costly,
                         fmt::format("{} takes at most {} different alternatives", parameter.code, most_alternatives)};
        for (Part& part : parts) {
            if (!part.keys.empty()) part.before += key_among('x', part.key_column, part.keys);
            part.before += part.rest;
            clause.any_of.push_back({part.table, std::move(part.before), part.keys.size() == 1 && part.in_order});
        }
        return clause;
    }

private:
    Sql field_of_component(const Parameter& parameter, int component, char alias) const {
        return field(parameter, component, numbers_, all_types_, alias);
    }

    // An alternative on its way: several that differ in their key only become one.
    struct Part {
        std::string table;
        Sql before;
        const char* key_column = "code";
        std::vector<std::string> keys;
        Sql rest;
        bool in_order = false;
    };

    static void join(std::vector<Part>& parts, Part part) {
        if (!part.keys.empty())
            for (Part& other : parts)
                if (!other.keys.empty() && other.rest.text == part.rest.text && other.rest.bindings == part.rest.bindings) {
                    other.keys.push_back(std::move(part.keys[0]));
                    return;
                }
        parts.push_back(std::move(part));
    }

    // Columns of the resource itself; deleted ones are found by nothing.
    Sql on_resource() const {
        Sql sql;
        sql += "x.change <> 2";
        if (!all_types_) {
            sql += " and ";
            sql += equals('x', "type", numbers_.type);
        }
        return sql;
    }

    base::Result<Part> alternative(const Parameter& parameter, const Value& value, const search::Clause& asked) const {
        if (is_id(parameter)) return Part{"resource", on_resource(), "id", {value.has_system ? "" : value.code}, {}, false};
        if (is_time(parameter)) {
            Part part{"resource", on_resource(), "", {}, {}, false};
            part.rest += " and ";
            // A resource changes at an instant that clients see in milliseconds.
            part.rest += interval(value.prefix, "x.last_updated", "x.last_updated", value.from, value.to, 1000);
            return part;
        }
        if (parameter.type == ParameterType::composite) {
            TRY(Alternative one, composite(parameter, value));
            return Part{one.table, std::move(one.condition), "", {}, {}, false};
        }
        const auto kind = kind_of(parameter.type);
        if (!kind) return Fault{Fault::Kind::unsupported, fmt::format("{} cannot be searched by", parameter.code)};
        Asked more = compare(parameter, value, asked.modifier, 'x');
        Part part{table_of(*kind), field_of_component(parameter, 0, 'x'), "code", {}, std::move(more.rest), !all_types_};
        if (more.key) part.keys.push_back(std::move(*more.key));
        return part;
    }

    // All components must hold within one group: rows of one element of the resource.
    base::Result<Alternative> composite(const Parameter& parameter, const Value& value) const {
        if (value.parts.empty() || value.parts.size() != parameter.components.size())
            return Fault{Fault::Kind::invalid, fmt::format("{} needs {} parts", parameter.code, parameter.components.size())};
        Alternative one;
        for (std::size_t i = 0; i < value.parts.size(); ++i) {
            const Parameter& component = *parameter.components[i].parameter;
            const auto kind = kind_of(component.type);
            if (!kind) return Fault{Fault::Kind::unsupported, fmt::format("{} cannot be searched by", parameter.code)};
            const char alias = i == 0 ? 'x' : 'y';
            Sql part = field_of_component(parameter, static_cast<int>(i) + 1, alias);
            const Asked more = compare(component, value.parts[i], Modifier::none, alias);
            if (more.key) part += key_among(alias, "code", {*more.key});
            part += more.rest;
            if (i == 0) {
                one.table = table_of(*kind);
                one.condition += part;
            } else {
                one.condition += fmt::format(" and exists(select 1 from {} y where y.rid = x.rid and y.grp = x.grp and ",
                                             table_of(*kind));
                one.condition += part;
                one.condition += ")";
            }
        }
        return one;
    }

    void missing(const Parameter& parameter, Clause& clause) const {
        if (is_id(parameter) || is_time(parameter)) {
            clause.any_of.push_back({"resource", on_resource(), false});
            return;
        }
        if (parameter.type == ParameterType::composite) {
            for (std::size_t i = 0; i < parameter.components.size(); ++i)
                if (const auto kind = kind_of(parameter.components[i].parameter->type))
                    clause.any_of.push_back(
                        {table_of(*kind), field_of_component(parameter, static_cast<int>(i) + 1, 'x'), false});
            return;
        }
        if (const auto kind = kind_of(parameter.type))
            clause.any_of.push_back({table_of(*kind), field_of_component(parameter, 0, 'x'), false});
        // A reference may consist of an identifier only, which is kept as a token, or be canonical.
        if (parameter.type == ParameterType::reference)
            for (const IndexKind other : {IndexKind::token, IndexKind::uri})
                clause.any_of.push_back({table_of(other), field_of_component(parameter, 0, 'x'), false});
    }

    const Numbers& numbers_;
    bool all_types_;
};

// "select rid ..." of everything that satisfies the clause.
Sql source(const Clause& clause) {
    Sql sql;
    if (clause.any_of.empty()) sql += "select 0 as rid where 0";
    for (std::size_t i = 0; i < clause.any_of.size(); ++i) {
        if (i > 0) sql += " union ";
        sql += clause.any_of.size() == 1 ? "select distinct x.rid as rid from " : "select x.rid as rid from ";
        sql += clause.any_of[i].table;
        sql += " x where ";
        sql += clause.any_of[i].condition;
    }
    return sql;
}

Sql condition(const Clause& clause, std::string_view rid) {
    Sql sql;
    sql += clause.negated ? "not (" : "(";
    if (clause.any_of.empty()) sql += "0";
    for (std::size_t i = 0; i < clause.any_of.size(); ++i) {
        if (i > 0) sql += " or ";
        sql += fmt::format("exists(select 1 from {} x where x.rid = {} and ", clause.any_of[i].table, rid);
        sql += clause.any_of[i].condition;
        sql += ")";
    }
    sql += ")";
    return sql;
}

// "from ... where ..." over the candidates, whose rid is d.rid.
Sql candidates(const search::Query& query, const std::vector<Clause>& clauses, const Plan& plan, const Numbers& numbers,
               std::int64_t as_of) {
    Sql sql;
    if (!plan.source) {
        sql += "from resource d where d.change <> 2";
        if (!query.type.empty()) {
            sql += " and ";
            sql += equals('d', "type", numbers.type);
        }
    } else {
        const Clause& clause = clauses[*plan.source];
        if (plan.streaming) {
            // The clause's own rows are the candidates; its condition is written with x, so it stands inside.
            sql += fmt::format("from (select x.rid as rid from {} x where ", clause.any_of[0].table);
            sql += clause.any_of[0].condition;
            sql += ") d where 1";
        } else {
            sql += "from (";
            sql += source(clause);
            sql += ") d where 1";
        }
    }
    sql += " and d.rid <= ";
    sql.bind(as_of);
    for (std::size_t i = 0; i < clauses.size(); ++i) {
        if (plan.source == i) continue;
        sql += " and ";
        sql += condition(clauses[i], "d.rid");
    }
    return sql;
}

// A resource's value under a sort key: the smallest ascending, the largest descending (FHIR R4 3.1.1.5.1).
Sql key_value(const search::SortKey& key, const search::Query& query, const Numbers& numbers) {
    Sql sql;
    const Parameter& parameter = *key.parameter;
    if (is_id(parameter) || is_time(parameter)) {
        sql += fmt::format("(select x.{} from resource x where x.rid = d.rid)", is_id(parameter) ? "id" : "last_updated");
        return sql;
    }
    const auto kind = kind_of(parameter.type);
    if (!kind) {
        sql += "null";
        return sql;
    }
    std::string value = "x.code";
    if (*kind == IndexKind::number || *kind == IndexKind::quantity) value = key.descending ? "x.high" : "x.low";
    if (*kind == IndexKind::reference)
        value = "iif(x.system = 0, x.code, (select uri from system where id = x.system) || '/' || x.code)";
    // An open end of a period does not tell where the resource stands: the other end does.
    if (*kind == IndexKind::date) {
        const std::string stop = fmt::format("iif(x.stop = {}, x.start, x.stop)", search::no_end);
        value = key.descending ? stop : fmt::format("iif(x.start = {}, {}, x.start)", lowest, stop);
    }
    sql += fmt::format("(select {}({}) from {} x where x.rid = d.rid and ", key.descending ? "max" : "min", value,
                       table_of(*kind));
    sql += field(parameter, 0, numbers, query.type.empty(), 'x');
    sql += ")";
    return sql;
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

// True for what stands behind the cursor from key `i` on.
void behind(Sql& sql, const search::Query& query, const Cursor& cursor, std::size_t i) {
    if (i == query.sort.size()) {
        sql += "rid > ";
        sql.bind(cursor.rank);
        return;
    }
    const search::SortValue& value = cursor.values[i];
    if (!value.present) {
        sql += fmt::format("(k{} is null and ", i);
        behind(sql, query, cursor, i + 1);
        sql += ")";
        return;
    }
    sql += fmt::format("(k{0} is null or k{0} {1} ", i, query.sort[i].descending ? "<" : ">");
    sql.bind(binding_of(query.sort[i], value)) += fmt::format(" or (k{} = ", i);
    sql.bind(binding_of(query.sort[i], value)) += " and ";
    behind(sql, query, cursor, i + 1);
    sql += "))";
}

}  // namespace

base::Result<std::vector<Clause>> render_clauses(const search::Query& query, const Numbers& numbers) {
    const Renderer renderer(query, numbers);
    std::vector<Clause> clauses;
    std::size_t alternatives = 0;
    for (const search::Clause& asked : query.clauses) {
        TRY(Clause clause, renderer.clause(asked));
        alternatives += clause.any_of.size();
        if (alternatives > most_in_all)
            return Fault{Fault::Kind::too_costly, fmt::format("a search takes at most {} different alternatives", most_in_all)};
        clauses.push_back(std::move(clause));
    }
    return clauses;
}

Sql render_probe(const Clause& clause, int most) {
    Sql sql;
    sql += "select count(*) from (";
    for (std::size_t i = 0; i < clause.any_of.size(); ++i) {
        if (i > 0) sql += " union all ";
        sql += fmt::format("select 1 from {} x where ", clause.any_of[i].table);
        sql += clause.any_of[i].condition;
    }
    if (clause.any_of.empty()) sql += "select 1 where 0";
    sql += " limit ";
    sql.bind(std::int64_t{most}) += ")";
    return sql;
}

Sql render_search(const search::Query& query, const std::vector<Clause>& clauses, const Plan& plan, const Numbers& numbers,
                  const Bounds& bounds) {
    Sql sql;
    if (query.sort.empty()) {
        sql += plan.streaming ? "select distinct d.rid " : "select d.rid ";
        sql += candidates(query, clauses, plan, numbers, bounds.as_of);
        if (bounds.after) {
            sql += " and d.rid > ";
            sql.bind(bounds.after->rank);
        }
        sql += " order by d.rid limit ";
        sql.bind(std::int64_t{bounds.limit});
        return sql;
    }
    sql += "with hit as materialized (select distinct d.rid as rid";
    for (std::size_t i = 0; i < query.sort.size(); ++i) {
        sql += ", ";
        sql += key_value(query.sort[i], query, numbers);
        sql += fmt::format(" as k{}", i);
    }
    sql += " ";
    sql += candidates(query, clauses, plan, numbers, bounds.as_of);
    sql += ") select * from hit";
    if (bounds.after) {
        sql += " where ";
        behind(sql, query, *bounds.after, 0);
    }
    sql += " order by ";
    for (std::size_t i = 0; i < query.sort.size(); ++i)
        sql += fmt::format("k{0} is null, k{0}{1}, ", i, query.sort[i].descending ? " desc" : "");
    sql += "rid limit ";
    sql.bind(std::int64_t{bounds.limit});
    return sql;
}

Sql render_count(const search::Query& query, const std::vector<Clause>& clauses, const Plan& plan, const Numbers& numbers,
                 std::int64_t as_of) {
    Sql sql;
    sql += plan.streaming ? "select count(distinct d.rid) " : "select count(*) ";
    sql += candidates(query, clauses, plan, numbers, as_of);
    return sql;
}

}  // namespace store::relational
