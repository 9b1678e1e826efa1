// SPDX-License-Identifier: Apache-2.0
#include "store/relational/values.h"

#include "fhir/search/index_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace store::relational {

namespace search = fhir::search;
using search::Modifier;
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
        case Prefix::ap: {  // within a tenth
            const double tenth = std::fabs(value.exact) * 0.1;
            sql += "(";
            compare("low", "<=", std::max(value.high, value.exact + tenth));
            sql += " and ";
            compare("high", ">=", std::min(value.low, value.exact - tenth));
            sql += ")";
            break;
        }
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


base::Result<Asked> ask(ParameterType type, const Value& value, Modifier modifier, char alias, const Names& names) {
    Asked asked;
    const auto also = [&](const Sql& sql) {
        asked.rest += " and ";
        asked.rest += sql;
    };
    switch (type) {
        case ParameterType::token:
            if (!value.any_code) asked.key = value.code;
            if (!value.any_code && value.code.empty()) asked.rest += " and 0";  // no code is no match
            if (value.has_system) {
                TRY(asked.system, names.system(value.system));
            }
            break;
        case ParameterType::string:
            if (modifier == Modifier::exact) {
                asked.key = value.code;
                also(equals(alias, "text", value.text));
            } else if (modifier == Modifier::contains) {
                asked.rest += fmt::format(" and instr({}.code, ", alias);
                asked.rest.bind(value.code) += ") > 0";
                asked.reads_all = true;
            } else if (modifier == Modifier::equals) {
                asked.key = value.code;
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
        case ParameterType::uri: asked.key = value.code; break;
        case ParameterType::reference:
            if (!value.text.empty()) {
                also(equals(alias, "text", value.text));
                asked.reads_all = true;
                break;
            }
            // An absolute address is found only as it stands (FHIR R4 3.1.1.4.13).
            asked.key = value.code;
            also(equals(alias, "text", std::string()));
            if (!value.system.empty()) {
                TRY(asked.system, names.system(value.system));
            }
            break;
        case ParameterType::date:
            also(interval(value.prefix, fmt::format("{}.start", alias), fmt::format("{}.stop", alias), value.from, value.to));
            break;
        case ParameterType::number: also(range(alias, value)); break;
        case ParameterType::quantity:
            also(range(alias, value));
            if (value.has_system) {
                TRY(asked.system, names.system(value.system));
            }
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

}  // namespace store::relational
