// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/match.h"

#include "fhir/search/address_order.h"
#include "fhir/search/position.h"
#include "fhir/search/token.h"

#include <algorithm>
#include <vector>

namespace fhir::search {

namespace {

// A date's own interval [from, to) against the asked one (R4 3.1.1.4.7 and the table of prefixes, 3.1.1.4.5).
//   eq  the asked interval contains the resource's        ne  it does not
//   gt  the part above the asked interval is touched      lt  the part below
//   ge  gt or eq                                          le  lt or eq
//   sa  the resource's begins behind the asked one        eb  it ends before the asked one
//   ap  they overlap; the parser has widened the asked one, for that needs the time and matching has no clock
bool date_fits(const Value& asked, base::Micros from, base::Micros to) {
    const bool inside = asked.from <= from && to <= asked.to;
    switch (asked.prefix) {
        case Prefix::eq: return inside;
        case Prefix::ne: return !inside;
        case Prefix::gt: return to > asked.to;
        case Prefix::lt: return from < asked.from;
        case Prefix::ge: return to > asked.to || inside;
        case Prefix::le: return from < asked.from || inside;
        case Prefix::sa: return from >= asked.to;
        case Prefix::eb: return to <= asked.from;
        case Prefix::ap: return from < asked.to && to > asked.from;
    }
    return false;
}

// Numbers (R4 3.1.1.4.6): eq and ne use the range of the digits' precision [low, high), the others the number itself; ap a range that
// the parser has widened to a tenth, closed. `low..high` of the resource is closed and mostly a single number.
template <class Asked>
bool number_fits(Prefix prefix, const Asked& asked, double low, double high) {
    const bool inside = asked.low <= low && (high < asked.high || (asked.low == asked.high && high == asked.high));
    switch (prefix) {
        case Prefix::eq: return inside;
        case Prefix::ne: return !inside;
        case Prefix::gt: return high > asked.exact;
        case Prefix::lt: return low < asked.exact;
        case Prefix::ge: return high >= asked.exact;
        case Prefix::le: return low <= asked.exact;
        case Prefix::sa: return low > asked.exact;
        case Prefix::eb: return high < asked.exact;
        case Prefix::ap: return low <= asked.high && high >= asked.low;
    }
    return false;
}

bool quantity_fits(const Value& asked, const IndexValue& value) {
    if (asked.measure) return value.code == asked.measure->unit && number_fits(asked.prefix, *asked.measure, value.low, value.high);
    if (asked.has_system) {
        if (value.system != asked.system || (!asked.code.empty() && value.code != asked.code)) return false;
    } else if (!asked.code.empty() && value.code != asked.code && value.text != asked.code) {
        return false;  // "5.4||mg": the unit's code or its human form
    }
    return number_fits(asked.prefix, asked, value.low, value.high);
}

bool token_fits(const Parameter& parameter, const Value& asked, const IndexValue& value) {
    if (asked.has_system && value.system != asked.system) return false;
    if (asked.any_code) return true;
    return !value.code.empty() && is_token_key(parameter, asked.code, value.code);
}

// "Patient/1" is found under its type and id, "1" under any type; an address as it stands (R4 3.1.1.4.13).
bool reference_fits(const Value& asked, const IndexValue& value) {
    return !value.code.empty() && value.code == asked.code && (asked.system.empty() || value.system == asked.system);
}

bool string_fits(const Value& asked, Modifier modifier, const IndexValue& value) {
    switch (modifier) {
        case Modifier::exact: return value.text == asked.text;
        case Modifier::contains: return value.code.find(asked.code) != std::string::npos;
        case Modifier::equals: return value.code == asked.code;
        case Modifier::ends_with: return value.code.ends_with(asked.code);
        default: return value.code.starts_with(asked.code);
    }
}

bool address_fits(const Value& asked, Modifier modifier, const IndexValue& value) {
    if (modifier == Modifier::below) return is_below(asked.code, value.code);
    if (modifier == Modifier::above) return is_above(asked.code, value.code);
    return value.code == asked.code;
}

// Which rows of a parameter a question looks at (index_value.h).
struct Rows {
    IndexKind kind;
    std::uint8_t component;
};

std::optional<Rows> rows_asked(const Parameter& parameter, Modifier modifier, const Value& asked, std::uint8_t component) {
    if (is_words(parameter)) return Rows{IndexKind::words, component};
    if (is_position(parameter)) return Rows{IndexKind::position, component};
    switch (parameter.type) {
        case ParameterType::token:
            if (modifier == Modifier::text) return Rows{IndexKind::string, facet_text};
            if (modifier == Modifier::of_type) return Rows{IndexKind::token, facet_of_type};
            return Rows{IndexKind::token, component};
        case ParameterType::reference:
            if (modifier == Modifier::identifier) return Rows{IndexKind::token, facet_identifier};
            return Rows{IndexKind::reference, component};
        case ParameterType::quantity:
            return Rows{IndexKind::quantity, asked.measure ? static_cast<std::uint8_t>(in_base_units + component) : component};
        case ParameterType::string: return Rows{IndexKind::string, component};
        case ParameterType::uri: return Rows{IndexKind::uri, component};
        case ParameterType::date: return Rows{IndexKind::date, component};
        case ParameterType::number: return Rows{IndexKind::number, component};
        case ParameterType::composite: case ParameterType::special: break;
    }
    return {};
}

// `value` is one of the rows asked.
bool row_fits(const Parameter& parameter, Modifier modifier, const Value& asked, const IndexValue& value) {
    switch (value.kind) {
        case IndexKind::words: return asked.words && holds(*asked.words, value.text);
        case IndexKind::position:
            return distance_km({asked.low, asked.high}, {value.low, value.high}) <= asked.exact;
        case IndexKind::token:
            if (modifier == Modifier::of_type || modifier == Modifier::identifier)
                return (!asked.has_system || value.system == asked.system) && (asked.any_code || (!value.code.empty() && value.code == asked.code));
            return token_fits(parameter, asked, value);
        case IndexKind::string: return string_fits(asked, modifier, value);
        case IndexKind::uri: return address_fits(asked, modifier, value);
        case IndexKind::date: return date_fits(asked, value.from, value.to);
        case IndexKind::number: return number_fits(asked.prefix, asked, value.low, value.high);
        case IndexKind::quantity: return quantity_fits(asked, value);
        case IndexKind::reference:
            if (modifier == Modifier::below || modifier == Modifier::above) return address_fits(asked, modifier, value);
            return reference_fits(asked, value);
    }
    return false;
}

bool fits(const Parameter& parameter, Modifier modifier, const Value& asked, std::uint8_t component, const IndexValue& value) {
    const auto rows = rows_asked(parameter, modifier, asked, component);
    return rows && value.kind == rows->kind && value.component == rows->component && row_fits(parameter, modifier, asked, value);
}

// All parts within one group.
bool composite_fits(const Clause& clause, const Value& asked, std::span<const IndexValue> index) {
    const auto& components = clause.parameter->components;
    const std::size_t parts = std::min(asked.parts.size(), components.size());
    if (parts == 0) return false;
    const auto part_fits = [&](std::size_t part, const IndexValue& value) {
        return value.parameter == clause.parameter->index &&
               fits(*components[part].parameter, Modifier::none, asked.parts[part], static_cast<std::uint8_t>(part + 1), value);
    };
    for (const IndexValue& first : index) {
        if (!part_fits(0, first)) continue;
        bool all = true;
        for (std::size_t part = 1; part < parts && all; ++part)
            all = std::any_of(index.begin(), index.end(), [&](const IndexValue& value) { return value.group == first.group && part_fits(part, value); });
        if (all) return true;
    }
    return false;
}

bool any_fits(const Clause& clause, std::span<const IndexValue> index) {
    const Parameter& parameter = *clause.parameter;
    if (parameter.type == ParameterType::composite)
        return std::any_of(clause.any_of.begin(), clause.any_of.end(),
                           [&](const Value& asked) { return composite_fits(clause, asked, index); });
    for (const IndexValue& value : index) {
        if (value.parameter != parameter.index) continue;
        for (const Value& asked : clause.any_of)
            if (fits(parameter, clause.modifier, asked, 0, value)) return true;
    }
    return false;
}

// Codes that somebody who knows them has still to find.
bool waits_for_codes(const Clause& clause) {
    const Modifier modifier = clause.modifier;
    if (clause.resolved) return false;
    if (modifier == Modifier::in || modifier == Modifier::not_in) return true;
    return clause.parameter->type == ParameterType::token && (modifier == Modifier::above || modifier == Modifier::below);
}

bool test_holds(const Clause& clause, std::span<const IndexValue> index, std::string_view id, base::Micros last_updated) {
    const Parameter& parameter = *clause.parameter;
    const bool is_id = parameter.code == "_id";
    const bool is_time = parameter.code == "_lastUpdated";
    const auto any = [&](auto fits_one) { return std::any_of(clause.any_of.begin(), clause.any_of.end(), fits_one); };
    if (clause.modifier == Modifier::missing) {
        const bool present = is_id || is_time || std::any_of(index.begin(), index.end(), [&](const IndexValue& value) {
            return value.parameter == parameter.index && value.component == (parameter.type == ParameterType::composite ? 1 : 0);
        });
        return any([&](const Value& asked) { return asked.missing != present; });
    }
    if (waits_for_codes(clause)) return false;
    bool found = false;
    if (is_id) found = any([&](const Value& asked) { return !asked.has_system && asked.code == id; });
    // An instant covers the millisecond that it is shown with.
    else if (is_time) found = any([&](const Value& asked) {
        const base::Micros shown = last_updated - last_updated % 1000;
        return date_fits(asked, shown, shown + 1000);
    });
    else found = any_fits(clause, index);
    return found != (clause.modifier == Modifier::not_ || clause.modifier == Modifier::not_in);
}

bool chain_holds(const Clause& clause, std::span<const IndexValue> index, Others& others) {
    std::vector<const IndexValue*> references;
    for (const IndexValue& value : index)
        if (value.parameter == clause.parameter->index && value.component == 0 && value.kind == IndexKind::reference && !value.code.empty())
            references.push_back(&value);
    return !references.empty() && others.forward(clause, references);
}

}  // namespace

bool holds(const Clause& clause, std::span<const IndexValue> index, std::string_view id, base::Micros last_updated, Others* others) {
    const auto one_holds = [&](const Clause& part) { return holds(part, index, id, last_updated, others); };
    switch (clause.kind) {
        case Clause::Kind::test: return test_holds(clause, index, id, last_updated);
        case Clause::Kind::all: return std::all_of(clause.parts.begin(), clause.parts.end(), one_holds);
        case Clause::Kind::any: return std::any_of(clause.parts.begin(), clause.parts.end(), one_holds);
        case Clause::Kind::none: return std::none_of(clause.parts.begin(), clause.parts.end(), one_holds);
        case Clause::Kind::forward: return others != nullptr && chain_holds(clause, index, *others);
        case Clause::Kind::backward: return others != nullptr && others->backward(clause, id);
    }
    return false;
}

bool matches(const Query& query, std::span<const IndexValue> index, std::string_view id, base::Micros last_updated, Others* others) {
    return std::all_of(query.clauses.begin(), query.clauses.end(),
                       [&](const Clause& clause) { return holds(clause, index, id, last_updated, others); });
}

SortValue sort_value(const SortKey& key, std::span<const IndexValue> index, std::string_view id,
                     base::Micros last_updated) {
    SortValue best;
    if (key.parameter->code == "_id") return {true, std::string(id), 0, 0};
    if (key.parameter->code == "_lastUpdated") return {true, {}, 0, last_updated};
    const auto among = [&](const IndexValue& value, std::uint8_t component) {
        return value.parameter == key.parameter->index && value.component == component;
    };
    const bool in_base = key.parameter->type == ParameterType::quantity &&
                         std::any_of(index.begin(), index.end(), [&](const IndexValue& value) { return among(value, in_base_units); });
    for (const IndexValue& value : index) {
        if (!among(value, in_base ? in_base_units : 0)) continue;
        SortValue one;
        one.present = true;
        switch (value.kind) {
            case IndexKind::date:
                // An open end does not tell where the resource stands: the other end does.
                one.time = key.descending ? value.to : value.from;
                if (one.time == no_begin) one.time = value.to;
                if (one.time == no_end) one.time = value.from;
                break;
            case IndexKind::number:
            case IndexKind::quantity: one.number = key.descending ? value.high : value.low; break;
            case IndexKind::string: case IndexKind::uri: case IndexKind::token:
                if (value.code.empty()) continue;  // a value, but nothing to stand by
                one.text = value.code;
                break;
            case IndexKind::words: case IndexKind::position: continue;
            case IndexKind::reference:
                if (value.code.empty()) continue;
                one.text = value.system.empty() ? value.code : value.system + "/" + value.code;
                break;
        }
        if (!best.present || sorts_before(key, one, best)) best = std::move(one);
    }
    return best;
}

bool sorts_before(const SortKey& key, const SortValue& a, const SortValue& b) {
    if (a.present != b.present) return a.present;
    if (!a.present) return false;
    const SortValue& low = key.descending ? b : a;
    const SortValue& high = key.descending ? a : b;
    if (low.time != high.time) return low.time < high.time;
    if (low.number != high.number) return low.number < high.number;
    return low.text < high.text;
}

}  // namespace fhir::search
