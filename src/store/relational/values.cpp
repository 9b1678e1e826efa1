// SPDX-License-Identifier: Apache-2.0
#include "store/relational/values.h"

#include "fhir/search/address_order.h"
#include "fhir/search/position.h"
#include "fhir/search/token.h"

#include <fmt/format.h>

#include <algorithm>

namespace store::relational {

namespace search = fhir::search;
using search::Modifier;
using search::IndexKind;
using search::Parameter;
using search::ParameterType;
using search::Prefix;
using search::Value;

namespace {

Sql equals(char alias, const char* column, Binding value) {
    Sql sql(fmt::format("{}.{} = ", alias, column));
    sql.bind(std::move(value));
    return sql;
}

// A number or quantity: [low, high] of the row against the asked number (FHIR R4 3.1.1.4.6).
template <class Number>
Sql range(char alias, Prefix prefix, const Number& value) {
    Sql sql;
    const auto compare = [&](const char* column, const char* sign, double bound) {
        sql += fmt::format("{}.{} {} ", alias, column, sign);
        sql.bind(bound);
    };
    switch (prefix) {
        case Prefix::eq:
        case Prefix::ne:  // the range of the digits' precision: [low, high), or one number when they are equal
            sql += prefix == Prefix::ne ? "not (" : "(";
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

// What is asked of the words of a text, in the index's own language; of the words themselves only letters and digits can be in it.
std::string phrased(const search::Words& words) {
    const auto several = [](const std::vector<search::Words>& parts, const char* between) {
        std::string text = "(";
        for (std::size_t i = 0; i < parts.size(); ++i) text += (i > 0 ? between : "") + phrased(parts[i]);
        return text + ")";
    };
    if (words.kind == search::Words::Kind::phrase) {
        std::string text = "\"";
        for (std::size_t i = 0; i < words.words.size(); ++i) {
            if (i > 0) text += ' ';
            for (const char c : words.words[i])
                if (c != '"') text += c;
        }
        return text + (words.prefix ? "\" *" : "\"");
    }
    if (words.kind == search::Words::Kind::any) return several(words.parts, " OR ");
    const std::string all = several(words.parts, " AND ");
    return words.without.empty() ? all : "(" + all + " NOT " + several(words.without, " OR ") + ")";
}

Sql said(const Value& value, char alias, bool earlier) {
    if (!value.words) return " and 0";
    Sql sql(fmt::format(" and {}.id in (select rowid from {} where {} match ", alias, earlier ? "temp.then_words_index" : "ix_words_index",
                        earlier ? "then_words_index" : "ix_words_index"));
    return sql.bind(phrased(*value.words)) += ")";
}

Sql nearby(const Value& value, char alias) {
    const auto boxes = search::boxes_around({value.low, value.high}, value.exact);
    if (boxes.empty()) return " and 0";
    Sql sql(fmt::format(" and {}.low between ", alias));
    sql.bind(boxes[0].south) += " and ";
    sql.bind(boxes[0].north) += " and (0";
    for (const search::Box& box : boxes) {
        sql += fmt::format(" or {}.high between ", alias);
        sql.bind(box.west) += " and ";
        sql.bind(box.east);
    }
    sql += fmt::format(") and distance_km({0}.low, {0}.high, ", alias);
    sql.bind(value.low) += ", ";
    sql.bind(value.high) += ") <= ";
    return sql.bind(value.exact);
}

// Addresses below or above the asked one: keys, or ranges of them.
std::vector<Asked> addresses(const Value& value, Modifier modifier, IndexKind kind, int component, char alias) {
    Asked equal{kind, component};
    equal.keyed = true;
    if (modifier == Modifier::above) {
        equal.keys = search::addresses_above(value.code);
        equal.keys.push_back(value.code);
        return {equal};
    }
    equal.keys.push_back(value.code);
    std::vector<Asked> all{equal};
    for (search::AddressRange& range : search::ranges_below(value.code)) {
        Asked one{kind, component};
        one.rest += fmt::format(" and {0}.code >= ", alias);
        one.rest.bind(std::move(range.from)) += fmt::format(" and {0}.code < ", alias);
        one.rest.bind(std::move(range.to));
        all.push_back(std::move(one));
    }
    return all;
}

}  // namespace

// [from, to) against a value's [start, stop) (FHIR R4 3.1.1.4.7), as one side of `stop` where that is possible: the keys
// stand in its order. What is said about the start is said about the stop as well, for nothing stops before it starts.
// For values that all last equally long the stop is the column of the start, and `length` tells the difference.
Sql interval(Prefix prefix, const std::string& start, const std::string& stop, base::Micros from, base::Micros to,
             base::Micros length) {
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


std::optional<IndexKind> own_kind(const Parameter& parameter) {
    if (search::is_words(parameter)) return IndexKind::words;
    if (search::is_position(parameter)) return IndexKind::position;
    return kind_of(parameter.type);
}

base::Result<std::vector<Asked>> ask(const Parameter& parameter, const Value& value, Modifier modifier, int component, char alias, bool earlier,
                                     const Names& names) {
    const auto kind = own_kind(parameter);
    if (!kind) return base::Fault{base::Fault::Kind::unsupported, fmt::format("{} cannot be searched by", parameter.code)};
    Asked asked{*kind, component};
    const auto key = [&](std::string text) {
        asked.keyed = true;
        asked.keys.push_back(std::move(text));
    };
    const auto also = [&](const Sql& sql) {
        asked.rest += " and ";
        asked.rest += sql;
    };
    const auto of_system = [&]() -> base::Result<void> {
        TRY(asked.system, names.system(value.system));
        return {};
    };
    if (*kind == IndexKind::words) {
        TRY(names.learn_words());
        asked.rest = said(value, alias, earlier);
        return std::vector{std::move(asked)};
    }
    if (*kind == IndexKind::position) {
        asked.rest = nearby(value, alias);
        return std::vector{std::move(asked)};
    }
    switch (parameter.type) {
        case ParameterType::token:
            if (modifier == Modifier::text) {
                asked.kind = IndexKind::string;
                asked.component = search::facet_text;
                also(begins_with(alias, value.code));
                break;
            }
            if (modifier == Modifier::of_type) asked.component = search::facet_of_type;
            if (value.has_system) TRY(of_system());
            if (value.any_code) break;
            if (value.code.empty()) asked.rest += " and 0";  // no code is no match
            if (modifier == Modifier::of_type) {
                key(value.code);
            } else {
                asked.keyed = true;
                asked.keys = search::token_keys(parameter, value.code);
            }
            break;
        case ParameterType::string:
            if (modifier == Modifier::exact) {
                also(begins_with(alias, value.code));  // the key of what is equal begins like its own
                also(equals(alias, "text", value.text));
            } else if (modifier == Modifier::contains) {
                asked.rest += fmt::format(" and instr({}.code, ", alias);
                asked.rest.bind(value.code) += ") > 0";
                asked.reads_all = true;
            } else if (modifier == Modifier::equals) {
                key(value.code);
            } else if (modifier == Modifier::ends_with) {
                asked.reads_all = true;
                if (value.code.empty()) break;
                asked.rest += fmt::format(" and substr({}.code, -length(", alias);
                asked.rest.bind(value.code) += ")) = ";
                asked.rest.bind(value.code);
            } else {
                also(begins_with(alias, value.code));
            }
            break;
        case ParameterType::uri:
            if (modifier == Modifier::below || modifier == Modifier::above) return addresses(value, modifier, *kind, component, alias);
            key(value.code);
            break;
        case ParameterType::reference:
            if (modifier == Modifier::below || modifier == Modifier::above) return addresses(value, modifier, *kind, component, alias);
            if (modifier == Modifier::identifier) {
                asked.kind = IndexKind::token;
                asked.component = search::facet_identifier;
                if (value.has_system) TRY(of_system());
                if (value.any_code) break;
            } else if (!value.system.empty()) {
                TRY(of_system());
            }
            if (value.code.empty()) asked.rest += " and 0";
            key(value.code);
            break;
        case ParameterType::date:
            also(interval(value.prefix, fmt::format("{}.start", alias), fmt::format("{}.stop", alias), value.from, value.to));
            break;
        case ParameterType::number: also(range(alias, value.prefix, value)); break;
        case ParameterType::quantity:
            if (value.measure) {
                asked.component = search::in_base_units + component;
                also(range(alias, value.prefix, *value.measure));
                also(equals(alias, "code", value.measure->unit));
                break;
            }
            also(range(alias, value.prefix, value));
            if (value.has_system) TRY(of_system());
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
    return std::vector{std::move(asked)};
}

}  // namespace store::relational
