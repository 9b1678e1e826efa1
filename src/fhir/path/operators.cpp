// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/operators.h"

#include "base/text.h"
#include "fhir/path/calendar.h"
#include "fhir/path/decimal.h"
#include "fhir/path/temporal.h"

namespace fhir::path {

namespace {

using Kind = Item::Kind;

bool number(const Item& item) { return item.kind == Kind::integer || item.kind == Kind::decimal; }
bool dated(const Item& item) { return item.kind == Kind::date || item.kind == Kind::date_time; }

std::optional<Decimal> decimal_of(const Item& item) {
    if (item.kind == Kind::integer) return Decimal::of(item.integer);
    return Decimal::parse(item.text);
}

// The calendar words and their UCUM cousins that mean the same (FHIRPath 2.2: up to seconds and below).
std::string_view unit_of(const Item& item) {
    constexpr std::pair<std::string_view, std::string_view> same[] = {
        {"second", "s"}, {"millisecond", "ms"}, {"week", "wk"}, {"day", "d"}, {"hour", "h"}, {"minute", "min"}};
    for (const auto& [word, code] : same)
        if (item.unit == word) return code;
    return item.unit;
}

std::optional<std::strong_ordering> compare_times(const Item& a, const Item& b) {
    const auto read = [](const Item& item) {
        return item.kind == Kind::time ? Temporal::time(item.text) : Temporal::date_time(item.text);
    };
    const auto x = read(a);
    const auto y = read(b);
    if (!x || !y) return {};
    return compare(*x, *y);
}

std::string spaced(std::string_view text) { return base::fold(base::trim(text)); }

std::optional<Item> give(const std::optional<Decimal>& number) {
    if (!number) return {};
    return Item::of_text(Kind::decimal, number->text());
}

std::optional<Item> with_integers(Operator op, std::int64_t a, std::int64_t b) {
    std::int64_t result = 0;
    switch (op) {
        case Operator::plus: if (__builtin_add_overflow(a, b, &result)) return {}; break;
        case Operator::minus: if (__builtin_sub_overflow(a, b, &result)) return {}; break;
        case Operator::times: if (__builtin_mul_overflow(a, b, &result)) return {}; break;
        case Operator::div:
            if (b == 0 || (b == -1 && a == INT64_MIN)) return {};
            result = a / b;
            break;
        case Operator::mod:
            if (b == 0) return {};
            result = b == -1 ? 0 : a % b;
            break;
        default: return give(divide(Decimal::of(a), Decimal::of(b)));
    }
    return Item::of_integer(result);
}

std::optional<Decimal> with_decimals(Operator op, const Decimal& a, const Decimal& b) {
    switch (op) {
        case Operator::plus: return add(a, b);
        case Operator::minus: return add(a, b.negated());
        case Operator::times: return multiply(a, b);
        case Operator::divide: return divide(a, b);
        case Operator::div: return quotient(a, b);
        case Operator::mod: return remainder(a, b);
        default: return {};
    }
}

// A date, dateTime or time and a duration.
std::optional<Item> shifted(Run& run, Operator op, const Item& moment, const Item& duration) {
    const bool clock_only = moment.kind == Kind::time;
    const auto from = clock_only ? Temporal::time(moment.text) : Temporal::date_time(moment.text);
    const auto size = decimal_of(duration);
    auto amount = size ? size->truncated() : std::nullopt;
    if (!from || !amount || *amount == INT64_MIN) return {};
    if (op == Operator::minus) amount = -*amount;
    if (duration.unit == "mo" || duration.unit == "a") {
        run.fail("months and years of UCUM are no calendar durations");
        return {};
    }
    if (!plus_time(Temporal{}, 0, duration.unit) && !plus(Temporal{}, 0, duration.unit)) {
        run.fail("this unit is no duration");
        return {};
    }
    const auto result = clock_only ? plus_time(*from, *amount, duration.unit) : plus(*from, *amount, duration.unit);
    if (!result) return {};
    return Item::of_text(moment.kind, spelled(*result, clock_only));
}

}  // namespace

std::optional<bool> equal(Run& run, const Item& a, const Item& b) {
    const auto x = system_value(a, run.schema());
    const auto y = system_value(b, run.schema());
    if (!x || !y) {
        if (x || y) return false;
        if (!a.node || !b.node) return a.node == b.node && a.type == b.type;
        return a.node == b.node || fhir::equal(a.node, b.node);
    }
    if (number(*x) && number(*y)) {
        if (x->kind == Kind::integer && y->kind == Kind::integer) return x->integer == y->integer;
        const auto p = decimal_of(*x);
        const auto q = decimal_of(*y);
        return p && q ? *p == *q : x->text == y->text;
    }
    if ((dated(*x) && dated(*y)) || (x->kind == Kind::time && y->kind == Kind::time)) {
        if (const auto result = compare_times(*x, *y)) return *result == std::strong_ordering::equal;
        if (!Temporal::date_time(x->text) && x->kind != Kind::time) return x->text == y->text;
        return {};
    }
    if (x->kind != y->kind) return false;
    if (x->kind == Kind::boolean) return x->flag == y->flag;
    if (x->kind == Kind::quantity) {
        if (unit_of(*x) != unit_of(*y)) return false;
        const auto p = decimal_of(*x);
        const auto q = decimal_of(*y);
        return p && q && *p == *q;
    }
    return x->text == y->text;
}

std::optional<bool> equal(Run& run, const Collection& a, const Collection& b) {
    if (a.empty() || b.empty()) return {};
    if (a.size() != b.size()) return false;
    bool unknown = false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (!run.step()) return {};
        const auto one = equal(run, a[i], b[i]);
        if (!one) unknown = true;
        else if (!*one) return false;
    }
    return unknown ? std::optional<bool>{} : true;
}

bool equivalent(Run& run, const Item& a, const Item& b) {
    const auto x = system_value(a, run.schema());
    const auto y = system_value(b, run.schema());
    if (x && y) {
        if (x->kind == Kind::string && y->kind == Kind::string) return spaced(x->text) == spaced(y->text);
        if (number(*x) && number(*y)) {
            const auto p = decimal_of(*x);
            const auto q = decimal_of(*y);
            if (!p || !q) return false;
            const int decimals = std::min(p->decimals(), q->decimals());
            return p->rounded(decimals) == q->rounded(decimals);
        }
    }
    return equal(run, a, b).value_or(false);
}

bool equivalent(Run& run, const Collection& a, const Collection& b) {
    if (a.size() != b.size()) return false;
    std::vector<bool> taken(b.size(), false);
    for (const Item& item : a) {
        bool found = false;
        for (std::size_t i = 0; i < b.size() && !found; ++i) {
            if (!run.step()) return false;
            if (taken[i] || !equivalent(run, item, b[i])) continue;
            taken[i] = true;
            found = true;
        }
        if (!found) return false;
    }
    return true;
}

std::optional<std::strong_ordering> order(Run& run, const Item& a, const Item& b) {
    const auto x = system_value(a, run.schema());
    const auto y = system_value(b, run.schema());
    if (!x || !y) {
        run.fail("these cannot be compared");
        return {};
    }
    if ((number(*x) && number(*y)) || (x->kind == Kind::quantity && y->kind == Kind::quantity)) {
        if (x->kind == Kind::quantity && unit_of(*x) != unit_of(*y)) return {};
        const auto p = decimal_of(*x);
        const auto q = decimal_of(*y);
        if (!p || !q) return {};
        return *p <=> *q;
    }
    if (x->kind == Kind::string && y->kind == Kind::string) return x->text <=> y->text;
    if ((dated(*x) && dated(*y)) || (x->kind == Kind::time && y->kind == Kind::time)) return compare_times(*x, *y);
    run.fail("these cannot be compared");
    return {};
}

std::optional<Item> arithmetic(Run& run, Operator op, const Item& a, const Item& b) {
    if (a.kind == Kind::string && b.kind == Kind::string && op == Operator::plus)
        return Item::of_text(Kind::string, a.text + b.text);
    if (a.kind == Kind::integer && b.kind == Kind::integer) return with_integers(op, a.integer, b.integer);
    if ((dated(a) || a.kind == Kind::time) && b.kind == Kind::quantity && (op == Operator::plus || op == Operator::minus))
        return shifted(run, op, a, b);
    const bool quantities = a.kind == Kind::quantity || b.kind == Kind::quantity;
    if (quantities || (number(a) && number(b))) {
        const auto p = decimal_of(a);
        const auto q = decimal_of(b);
        if (!p || !q || (!number(a) && a.kind != Kind::quantity) || (!number(b) && b.kind != Kind::quantity)) {
            run.fail("these cannot be calculated with");
            return {};
        }
        const auto result = with_decimals(op, *p, *q);
        if (!result) return {};
        if (!quantities) {
            if (op == Operator::div)
                if (const auto whole = result->truncated()) return Item::of_integer(*whole);
            return give(result);
        }
        const bool scaling = a.kind != b.kind && op == Operator::times;
        const bool shrinking = b.kind != Kind::quantity && op == Operator::divide;
        const bool same_unit = a.kind == b.kind && unit_of(a) == unit_of(b) && (op == Operator::plus || op == Operator::minus);
        if (!scaling && !shrinking && !same_unit) return {};
        return Item::of_text(Kind::quantity, result->text(), a.kind == Kind::quantity ? a.unit : b.unit);
    }
    run.fail("these cannot be calculated with");
    return {};
}

std::optional<bool> logic(Operator op, std::optional<bool> a, std::optional<bool> b) {
    switch (op) {
        case Operator::and_:
            if ((a && !*a) || (b && !*b)) return false;
            return a && b ? std::optional(true) : std::nullopt;
        case Operator::or_:
            if ((a && *a) || (b && *b)) return true;
            return a && b ? std::optional(false) : std::nullopt;
        case Operator::xor_: return a && b ? std::optional(*a != *b) : std::nullopt;
        default:  // implies
            if (a && !*a) return true;
            if (b && *b) return true;
            return a && b ? std::optional(false) : std::nullopt;
    }
}

bool holds(Run& run, const Collection& items, const Item& item) {
    for (const Item& one : items)
        if (!run.step() || equal(run, one, item).value_or(false)) return true;
    return false;
}

void append_distinct(Run& run, const Collection& from, Collection& to) {
    for (const Item& item : from)
        if (!holds(run, to, item)) to.push_back(item);
}

void apply(Run& run, Operator op, const Collection& a, const Collection& b, Collection& out) {
    const auto give_bool = [&out](std::optional<bool> value) {
        if (value) out.push_back(Item::of_bool(*value));
    };
    const auto negated = [](std::optional<bool> value) { return value ? std::optional(!*value) : value; };
    switch (op) {
        case Operator::equal: return give_bool(equal(run, a, b));
        case Operator::not_equal: return give_bool(negated(equal(run, a, b)));
        case Operator::equivalent: return give_bool(equivalent(run, a, b));
        case Operator::not_equivalent: return give_bool(!equivalent(run, a, b));
        case Operator::and_: case Operator::or_: case Operator::xor_: case Operator::implies:
            return give_bool(logic(op, run.truth(a), run.truth(b)));
        case Operator::in:
            if (a.size() > 1) return run.fail("'in' needs a single item on its left");
            if (!a.empty()) give_bool(holds(run, b, a.front()));
            return;
        case Operator::contains:
            if (b.size() > 1) return run.fail("'contains' needs a single item on its right");
            if (!b.empty()) give_bool(holds(run, a, b.front()));
            return;
        case Operator::join: {
            const auto left = run.string(a);
            const auto right = run.string(b);
            if (!run.failed()) out.push_back(Item::of_text(Kind::string, left.value_or("") + right.value_or("")));
            return;
        }
        default: break;
    }
    if (a.size() > 1 || b.size() > 1) return run.fail("an operator needs single values");
    if (a.empty() || b.empty()) return;
    if (op == Operator::less || op == Operator::greater || op == Operator::less_equal || op == Operator::greater_equal) {
        const auto result = order(run, a.front(), b.front());
        if (!result) return;
        const auto is = *result;
        give_bool(op == Operator::less ? is < 0 : op == Operator::greater ? is > 0 : op == Operator::less_equal ? is <= 0 : is >= 0);
        return;
    }
    const auto left = run.single(a);
    const auto right = run.single(b);
    if (!left || !right) return;
    if (auto result = arithmetic(run, op, *left, *right)) out.push_back(std::move(*result));
}

}  // namespace fhir::path
