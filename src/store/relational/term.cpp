// SPDX-License-Identifier: Apache-2.0
#include "store/relational/term.h"

#include "store/relational/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace store::relational {

namespace search = fhir::search;
using base::Fault;
using search::IndexKind;
using search::Modifier;
using search::Parameter;
using search::ParameterType;
using search::Value;

namespace {

constexpr std::size_t most_alternatives = 400;  // that one list of codes cannot join
// Of all clauses together: SQLite prepares a statement in a time that grows with the square of them, and cannot be stopped in it.
constexpr std::size_t most_in_all = 1000;
constexpr std::size_t most_parts = 200;     // of one clause, each a select; twice that is SQLite's limit for a union
constexpr std::size_t most_systems = 8;     // that are asked one by one

// One comparison of a date of which a resource has one at most.
bool is_bound(const search::Clause& asked, const std::string& type) {
    if (asked.kind != search::Clause::Kind::test || asked.modifier != Modifier::none || asked.parameter->type != ParameterType::date) return false;
    const auto& types = asked.parameter->single_in;
    if (asked.any_of.size() != 1) return false;
    return is_time(*asked.parameter) || std::find(types.begin(), types.end(), type) != types.end();
}

// Rows of both at once: each was made for the same field, now and for an earlier moment.
void narrow(Term& term, const Term& also) {
    for (std::size_t i = 0; i < term.rows.size(); ++i) {
        term.rows[i].condition += also.rows[i].condition;
        term.rows[i].in_order = false;
    }
}

Term never() { return Term{.kind = Term::Kind::any}; }

// Alternatives that differ in their key only become one.
struct Joined {
    Asked asked;
    std::map<std::optional<std::int64_t>, std::vector<std::string>> keys;  // by system
};

void join(std::vector<Joined>& all, Asked asked) {
    if (asked.keyed && asked.keys.empty()) return;
    for (Joined& one : all) {
        const Asked& other = one.asked;
        if (!other.keyed || !asked.keyed || other.kind != asked.kind || other.component != asked.component || !(other.rest == asked.rest)) continue;
        auto& keys = one.keys[asked.system];
        keys.insert(keys.end(), asked.keys.begin(), asked.keys.end());
        return;
    }
    Joined one{std::move(asked), {}};
    one.keys[one.asked.system] = one.asked.keys;
    all.push_back(std::move(one));
}

// Codes that somebody who knows them has still to find (query.h).
bool waits_for_codes(const search::Clause& clause) {
    const Modifier modifier = clause.modifier;
    if (clause.resolved) return false;
    if (modifier == Modifier::in || modifier == Modifier::not_in) return true;
    return clause.parameter->type == ParameterType::token && (modifier == Modifier::above || modifier == Modifier::below);
}

Sql key_among(const std::string& column, const std::vector<std::string>& keys) {
    Sql sql(fmt::format(" and {} ", column));
    if (keys.size() == 1) {
        sql += "= ";
        return sql.bind(keys[0]);
    }
    sql += "in (select value from json_each(";
    return sql.bind(json_of(keys)) += "))";
}

// Pairs of code and system, as JSON.
std::string pairs_of(const Joined& one) {
    std::string json = "[";
    for (const auto& [system, keys] : one.keys)
        for (const std::string& key : keys) {
            if (json.size() > 1) json += ',';
            std::string pair = json_of(std::vector<std::string>{key});
            pair.pop_back();
            json += pair + ',' + std::to_string(*system) + ']';
        }
    return json + ']';
}

// Several selects of the same rows are one with alternatives, when there are too many of them.
void merge(std::vector<Rows>& rows) {
    if (rows.size() <= most_parts) return;
    std::vector<Rows> merged;
    for (Rows& one : rows) {
        const auto same = std::find_if(merged.begin(), merged.end(), [&](const Rows& other) {
            return other.table == one.table && other.listed_field == one.listed_field && other.tested_field == one.tested_field;
        });
        Sql alternative(same == merged.end() ? " and (1" : " or 1");
        alternative += one.condition;
        if (same != merged.end()) {
            same->condition += alternative;
            continue;
        }
        one.condition = std::move(alternative);
        one.in_order = false;
        one.reads_all = true;
        merged.push_back(std::move(one));
    }
    for (Rows& one : merged) one.condition += ")";
    rows = std::move(merged);
}

}  // namespace

bool Term::reads_all() const {
    return std::any_of(rows.begin(), rows.end(), [](const Rows& one) { return one.reads_all; }) ||
           (kind == Kind::any && std::any_of(parts.begin(), parts.end(), [](const Term& part) { return part.reads_all(); }));
}

bool Term::can_list() const {
    switch (kind) {
        case Kind::rows:
        case Kind::backward: return true;
        case Kind::any: return std::all_of(parts.begin(), parts.end(), [](const Term& part) { return part.can_list(); });
        case Kind::none: return false;
        case Kind::all:
        case Kind::forward: return source.has_value();
    }
    return false;
}

base::Result<std::vector<Term>> Terms::all_of(const search::Query& query, std::int64_t type) {
    alternatives_ = 0;
    std::vector<Term> terms;
    std::map<const Parameter*, std::size_t> bounded;
    for (const search::Clause& asked : query.clauses) {
        TRY(Term one, term(asked, query.type, type));
        // "date=ge2024&date=lt2025": where there is one value at most, one row must be within both, and together they are rare.
        if (is_bound(asked, query.type)) {
            const auto [at, first] = bounded.try_emplace(asked.parameter, terms.size());
            if (!first) {
                narrow(terms[at->second], one);
                continue;
            }
        }
        if (one.kind == Term::Kind::all)
            for (Term& part : one.parts) terms.push_back(std::move(part));
        else
            terms.push_back(std::move(one));
    }
    std::optional<Term> limit;
    if (!query.type.empty()) {
        TRY(limit, within_reach(query.type, type));
    } else {
        TRY(limit, among(query.types));
    }
    if (limit) terms.push_back(std::move(*limit));
    return terms;
}

base::Result<std::optional<Term>> Terms::within_reach(const std::string& type, std::int64_t number) {
    const search::Clause* filter = reach_.filter(type);
    if (filter == nullptr) return std::optional<Term>();
    TRY(Term limit, term(*filter, type, number));
    limit.words = "within reach";
    return std::optional(std::move(limit));
}

base::Result<std::optional<Term>> Terms::among(const std::vector<std::string>& types) {
    if (types.empty() && reach_.all()) return std::optional<Term>();
    std::vector<std::string> wanted = types;
    const auto reachable = reach_.types();
    if (wanted.empty()) wanted = *reachable;
    std::vector<std::int64_t> whole;
    Term limit{.kind = Term::Kind::any, .words = "of the types asked for and within reach"};
    for (const std::string& type : wanted) {
        TRY(const std::int64_t number, names_.type(type));
        if (number == 0 || reach_.nothing(type)) continue;
        if (reach_.all(type)) {
            whole.push_back(number);
            continue;
        }
        TRY(auto filter, within_reach(type, number));
        Term both{.kind = Term::Kind::all};
        both.parts.push_back(of_types({number}));
        both.parts.push_back(std::move(*filter));
        limit.parts.push_back(std::move(both));
    }
    if (!whole.empty()) limit.parts.push_back(of_types(whole));
    return std::optional(std::move(limit));
}

Term Terms::of_types(const std::vector<std::int64_t>& numbers) {
    Term term;
    Sql condition(" and x.type in (select value from json_each(");
    condition.bind(json_of(numbers)) += "))";
    term.rows.push_back(on_resource(0, false, condition));
    if (seen_.moved) term.rows.push_back(on_resource(0, true, condition));
    term.words = "type";
    return term;
}

base::Result<Term> Terms::term(const search::Clause& clause, const std::string& type_name, std::int64_t type) {
    using Of = search::Clause::Kind;
    if (clause.kind == Of::test) return test(clause, type);
    if (clause.kind == Of::forward || clause.kind == Of::backward) return link(clause, type_name, type);
    Term made;
    made.kind = clause.kind == Of::all ? Term::Kind::all : clause.kind == Of::any ? Term::Kind::any : Term::Kind::none;
    made.words = clause.kind == Of::all ? "all of several" : clause.kind == Of::any ? "any of several" : "none of several";
    for (const search::Clause& part : clause.parts) {
        TRY(Term one, term(part, type_name, type));
        made.parts.push_back(std::move(one));
    }
    return made;
}

base::Result<Term> Terms::link(const search::Clause& clause, const std::string& type_name, std::int64_t type) {
    Term made;
    const bool forward = clause.kind == search::Clause::Kind::forward;
    made.kind = forward ? Term::Kind::forward : Term::Kind::backward;
    made.parameter = names_.parameter(*clause.parameter);
    made.words = forward ? fmt::format("{}:{}", clause.parameter->code, clause.type) : fmt::format("_has:{}:{}", clause.type, clause.parameter->code);
    TRY(const std::int64_t other, names_.type(clause.type));
    if (other == 0 || reach_.nothing(clause.type)) return never();  // nothing of that type is there to see
    made.holder = forward ? type : other;
    made.target = forward ? other : type;
    TRY(made.system, names_.system(forward ? clause.type : type_name));
    if (!forward && made.system < 0) return never();  // nothing refers to resources of this type
    for (const search::Clause& part : clause.parts) {
        TRY(Term one, term(part, clause.type, other));
        made.parts.push_back(std::move(one));
    }
    TRY(auto limit, within_reach(clause.type, other));
    if (limit) made.parts.push_back(std::move(*limit));
    return made;
}

base::Result<Term> Terms::test(const search::Clause& clause, std::int64_t type) {
    Term made;
    made.words = clause.parameter->code;
    bool negated = clause.modifier == Modifier::not_ || clause.modifier == Modifier::not_in;
    if (clause.modifier == Modifier::missing) {
        if (clause.any_of.empty()) return never();
        negated = clause.any_of[0].missing;
        made.words += ":missing";
        for (const Value& value : clause.any_of)
            if (value.missing != negated) return Term{.kind = Term::Kind::none};  // true,false: everything
        present(*clause.parameter, type, false, made.rows);
        if (seen_.moved) present(*clause.parameter, type, true, made.rows);
    } else if (waits_for_codes(clause)) {
        return never();
    } else {
        TRY(made.rows, rows_of(clause, type, false));
        alternatives_ += made.rows.size();
        if (made.rows.size() > most_alternatives || alternatives_ > most_in_all)
            return Fault{Fault::Kind::too_costly, fmt::format("{}: a search takes at most {} different alternatives, {} in all",
                                                              clause.parameter->code, most_alternatives, most_in_all)};
        merge(made.rows);
        if (seen_.moved) {
            TRY(auto earlier, rows_of(clause, type, true));
            merge(earlier);
            for (Rows& one : earlier) made.rows.push_back(std::move(one));
        }
    }
    if (!negated) return made;
    Term none{.kind = Term::Kind::none, .words = made.words};
    none.parts.push_back(std::move(made));
    return none;
}

base::Result<std::vector<Rows>> Terms::rows_of(const search::Clause& clause, std::int64_t type, bool earlier) {
    const Parameter& parameter = *clause.parameter;
    std::vector<Rows> rows;
    if (is_id(parameter)) {
        std::vector<std::string> ids;
        for (const Value& value : clause.any_of) ids.push_back(value.has_system ? "" : value.code);
        if (!ids.empty()) rows.push_back(on_resource(type, earlier, key_among("x.id", ids)));
        return rows;
    }
    if (is_time(parameter)) {
        for (const Value& value : clause.any_of) {
            Sql condition(" and ");
            // A resource changes at an instant that clients see in milliseconds.
            condition += interval(value.prefix, "x.last_updated", "x.last_updated", value.from, value.to, 1000);
            rows.push_back(on_resource(type, earlier, std::move(condition)));
        }
        return rows;
    }
    if (parameter.type == ParameterType::composite) {
        for (const Value& value : clause.any_of) {
            TRY(Rows one, composite(parameter, value, type, earlier));
            rows.push_back(std::move(one));
        }
        return rows;
    }
    std::vector<Joined> all;
    for (const Value& value : clause.any_of) {
        TRY(auto any, ask(parameter, value, clause.modifier, 0, 'x', earlier, names_));
        for (Asked& asked : any) join(all, std::move(asked));
    }
    for (const Joined& one : all) {
        const Asked& asked = one.asked;
        const bool pairs = asked.keyed && one.keys.size() > most_systems && !one.keys.contains(std::nullopt);
        for (const auto& [system, keys] : one.keys) {
            Rows made = on_index(asked.kind, parameter, asked.component, type, earlier);
            made.reads_all = asked.reads_all;
            if (pairs) {
                Sql among(" and (x.code, x.system) in (select value ->> 0, value ->> 1 from json_each(");
                among.bind(pairs_of(one)) += "))";
                made.condition = among + asked.rest + made.condition;
                rows.push_back(std::move(made));
                break;
            }
            Sql condition;
            if (asked.keyed) condition += key_among("x.code", keys);
            if (system) {
                condition += " and x.system = ";
                condition.bind(*system);
            }
            made.in_order = asked.keyed && keys.size() == 1 && type != 0;
            made.condition = condition + asked.rest + made.condition;
            rows.push_back(std::move(made));
        }
    }
    return rows;
}

// All components must hold within one group: rows of one element of the resource.
base::Result<Rows> Terms::composite(const Parameter& parameter, const Value& value, std::int64_t type, bool earlier) {
    if (value.parts.empty() || value.parts.size() != parameter.components.size())
        return Fault{Fault::Kind::invalid, fmt::format("{} needs {} parts", parameter.code, parameter.components.size())};
    Rows made;
    for (std::size_t i = 0; i < value.parts.size(); ++i) {
        const char alias = i == 0 ? 'x' : 'y';
        TRY(auto any, ask(*parameter.components[i].parameter, value.parts[i], Modifier::none, static_cast<int>(i) + 1, alias, earlier, names_));
        const Asked& asked = any.front();
        Sql condition;
        if (asked.keyed) condition += key_among(fmt::format("{}.code", alias), asked.keys);
        if (asked.system) {
            condition += fmt::format(" and {}.system = ", alias);
            condition.bind(*asked.system);
        }
        condition += asked.rest;
        if (i == 0) {
            made = on_index(asked.kind, parameter, asked.component, type, earlier);
            made.condition = condition + made.condition;
        } else {
            made.condition += fmt::format(" and exists(select 1 from {} y where y.rid = x.rid and y.grp = x.grp and ", table_seen(asked.kind, earlier));
            made.condition += field_at_hand("y", type, names_.parameter(parameter), asked.component);
            made.condition += condition;
            made.condition += ")";
        }
    }
    return made;
}

void Terms::present(const Parameter& parameter, std::int64_t type, bool earlier, std::vector<Rows>& rows) {
    if (is_id(parameter) || is_time(parameter)) {
        rows.push_back(on_resource(type, earlier, {}));
        return;
    }
    if (parameter.type == ParameterType::composite) {
        if (parameter.components.empty()) return;
        if (const auto kind = own_kind(*parameter.components[0].parameter)) rows.push_back(on_index(*kind, parameter, 1, type, earlier));
        return;
    }
    if (const auto kind = own_kind(parameter)) rows.push_back(on_index(*kind, parameter, 0, type, earlier));
}

// Columns of the resource itself; deleted ones are found by nothing.
Rows Terms::on_resource(std::int64_t type, bool earlier, Sql condition) {
    Rows rows{earlier ? "temp.then_resource" : "resource", "x.change <> 2", "x.change <> 2", {}, false, false};
    if (type != 0) {
        rows.condition += " and x.type = ";
        rows.condition.bind(type);
    }
    rows.condition += condition;
    if (!earlier) rows.condition += Writing::unmoved("x", seen_);
    return rows;
}

Rows Terms::on_index(IndexKind kind, const Parameter& parameter, int component, std::int64_t type, bool earlier) {
    const std::int64_t number = names_.parameter(parameter);
    Rows rows{table_seen(kind, earlier), field_is("x", type, number, component), field_at_hand("x", type, number, component), {}, false, false};
    if (!earlier) rows.condition += Writing::unmoved("x", seen_);
    return rows;
}

}  // namespace store::relational
