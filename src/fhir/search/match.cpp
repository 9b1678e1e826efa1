// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/match.h"

#include "base/text.h"

#include <algorithm>
#include <cmath>
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

// Numbers (R4 3.1.1.4.6): eq and ne use the range of the digits' precision [low, high), the others the number itself.
// `low..high` of the resource is closed and mostly a single number.
bool number_fits(const Value& asked, double low, double high) {
    const bool inside = asked.low <= low && (high < asked.high || (asked.low == asked.high && high == asked.high));
    switch (asked.prefix) {
        case Prefix::eq: return inside;
        case Prefix::ne: return !inside;
        case Prefix::gt: return high > asked.exact;
        case Prefix::lt: return low < asked.exact;
        case Prefix::ge: return high >= asked.exact;
        case Prefix::le: return low <= asked.exact;
        case Prefix::sa: return low > asked.exact;
        case Prefix::eb: return high < asked.exact;
        case Prefix::ap: {  // within a tenth of the value, R4's own suggestion
            const double tenth = std::fabs(asked.exact) * 0.1;
            const double from = std::min(asked.low, asked.exact - tenth);
            const double to = std::max(asked.high, asked.exact + tenth);
            return low <= to && high >= from;
        }
    }
    return false;
}

bool unit_fits(const Value& asked, const IndexValue& value) {
    if (asked.has_system) return value.system == asked.system && (asked.code.empty() || value.code == asked.code);
    // "5.4||mg": the unit's code or its human form.
    return asked.code.empty() || value.code == asked.code || value.text == asked.code;
}

bool token_fits(const Value& asked, const IndexValue& value) {
    if (asked.has_system && value.system != asked.system) return false;
    if (asked.any_code) return true;
    return value.code == asked.code && !value.code.empty();
}

// "Patient/1" is found under its type and id; an absolute address only as it stands (R4 3.1.1.4.13).
bool reference_fits(const Value& asked, const IndexValue& value) {
    if (!asked.text.empty()) return value.text == asked.text;
    return value.text.empty() && value.code == asked.code && (asked.system.empty() || value.system == asked.system);
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

bool fits(ParameterType type, Modifier modifier, const Value& asked, const IndexValue& value) {
    switch (type) {
        case ParameterType::token: return value.kind == IndexKind::token && token_fits(asked, value);
        case ParameterType::string: return value.kind == IndexKind::string && string_fits(asked, modifier, value);
        case ParameterType::uri: return value.kind == IndexKind::uri && value.code == asked.code;
        case ParameterType::date: return value.kind == IndexKind::date && date_fits(asked, value.from, value.to);
        case ParameterType::number: return value.kind == IndexKind::number && number_fits(asked, value.low, value.high);
        case ParameterType::quantity:
            return value.kind == IndexKind::quantity && unit_fits(asked, value) && number_fits(asked, value.low, value.high);
        case ParameterType::reference: return value.kind == IndexKind::reference && reference_fits(asked, value);
        case ParameterType::composite: case ParameterType::special: return false;
    }
    return false;
}

// All parts within one group.
bool composite_fits(const Clause& clause, const Value& asked, std::span<const IndexValue> index) {
    const auto& components = clause.parameter->components;
    const std::size_t parts = std::min(asked.parts.size(), components.size());
    if (parts == 0) return false;
    const auto part_fits = [&](std::size_t part, std::uint32_t group) {
        return std::any_of(index.begin(), index.end(), [&](const IndexValue& value) {
            return value.parameter == clause.parameter->index && value.component == part + 1 && value.group == group &&
                   fits(components[part].parameter->type, Modifier::none, asked.parts[part], value);
        });
    };
    for (const IndexValue& value : index) {
        if (value.parameter != clause.parameter->index || value.component != 1 ||
            !fits(components[0].parameter->type, Modifier::none, asked.parts[0], value))
            continue;
        bool all = true;
        for (std::size_t part = 1; part < parts && all; ++part) all = part_fits(part, value.group);
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
        if (value.parameter != parameter.index || value.component != 0) continue;
        for (const Value& asked : clause.any_of)
            if (fits(parameter.type, clause.modifier, asked, value)) return true;
    }
    return false;
}

bool test_holds(const Clause& clause, std::span<const IndexValue> index, std::string_view id, base::Micros last_updated) {
    const Parameter& parameter = *clause.parameter;
    const bool is_id = parameter.code == "_id";
    const bool is_time = parameter.code == "_lastUpdated";
    const auto any = [&](auto fits_one) { return std::any_of(clause.any_of.begin(), clause.any_of.end(), fits_one); };
    if (clause.modifier == Modifier::missing) {
        const bool present = is_id || is_time || std::any_of(index.begin(), index.end(), [&](const IndexValue& value) {
            return value.parameter == parameter.index;
        });
        return any([&](const Value& asked) { return asked.missing != present; });
    }
    bool found = false;
    if (is_id) found = any([&](const Value& asked) { return !asked.has_system && asked.code == id; });
    // An instant covers the millisecond that it is shown with.
    else if (is_time) found = any([&](const Value& asked) {
        const base::Micros shown = last_updated - last_updated % 1000;
        return date_fits(asked, shown, shown + 1000);
    });
    else found = any_fits(clause, index);
    return found != (clause.modifier == Modifier::not_);
}

bool chain_holds(const Clause& clause, std::span<const IndexValue> index, Others& others) {
    std::vector<const IndexValue*> references;
    for (const IndexValue& value : index)
        if (value.parameter == clause.parameter->index && value.component == 0 && value.kind == IndexKind::reference)
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
    for (const IndexValue& value : index) {
        if (value.parameter != key.parameter->index || value.component != 0) continue;
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
            case IndexKind::string:
            case IndexKind::uri: one.text = value.code; break;
            case IndexKind::token:
                if (value.text == ":identifier" && key.parameter->type == ParameterType::reference) continue;
                one.text = value.code;
                break;
            case IndexKind::words:
            case IndexKind::position: continue;
            case IndexKind::reference: one.text = value.text.empty() ? value.system + "/" + value.code : value.text; break;
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
