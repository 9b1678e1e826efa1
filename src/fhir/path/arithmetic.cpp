// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/calendar.h"
#include "fhir/path/operators.h"
#include "fhir/path/quantity.h"
#include "fhir/path/temporal.h"

#include <limits>

// +, -, *, /, div, mod, & and three-valued logic (FHIRPath 6.5, 6.6).

namespace fhir::path {

namespace {

using Kind = Item::Kind;

bool dated(const Item& item) { return item.kind == Kind::date || item.kind == Kind::date_time || item.kind == Kind::time; }

std::optional<Decimal> decimal_of(const Item& item) {
    if (item.kind == Kind::integer) return Decimal::of(item.integer());
    return Decimal::parse(item.text);
}

std::optional<Item> give(Run& run, const std::optional<Decimal>& number) {
    if (!number) return {};
    return Item::of_text(Kind::decimal, run.keep(number->text()));
}

std::optional<Item> with_integers(Run& run, Operator op, const Item& x, const Item& y) {
    const std::int64_t a = x.integer();
    const std::int64_t b = y.integer();
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
        default: return give(run, divide(Decimal::of(a), Decimal::of(b)));
    }
    const bool is_long = x.flag || y.flag;
    // What does not fit is empty (FHIRPath 6.6).
    if (!is_long && (result > std::numeric_limits<std::int32_t>::max() || result < std::numeric_limits<std::int32_t>::min())) return {};
    return Item::of_integer(result, is_long);
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
    const std::string_view unit = duration.unit();
    if (unit == "mo" || unit == "a") {
        run.fail("months and years of UCUM are no calendar durations");
        return {};
    }
    if (!plus_time(Temporal{}, 0, unit) && !plus(Temporal{}, 0, unit)) {
        run.fail("this unit is no duration");
        return {};
    }
    const auto result = clock_only ? plus_time(*from, *amount, unit) : plus(*from, *amount, unit);
    if (!result) return {};
    return Item::of_text(moment.kind, run.keep(spelled(*result, clock_only)));
}

std::optional<Item> with_quantities(Run& run, Operator op, const Item& a, const Item& b) {
    if (a.kind == Kind::quantity && b.kind == Kind::quantity) {
        if (op == Operator::times) return multiplied(run, a, b);
        if (op == Operator::divide) return divided(run, a, b);
        if (op != Operator::plus && op != Operator::minus) return {};
        const auto aligned = align(run, a, b, Alignment::finest);
        const auto result = aligned ? with_decimals(op, aligned->a, aligned->b) : std::nullopt;
        if (!result) return {};
        return Item::of_quantity(run.keep(result->text()), aligned->unit);
    }
    const bool scaling = op == Operator::times || (op == Operator::divide && a.kind == Kind::quantity);
    const auto x = decimal_of(a);
    const auto y = decimal_of(b);
    const auto result = scaling && x && y ? with_decimals(op, *x, *y) : std::nullopt;
    if (!result) return {};
    return Item::of_quantity(run.keep(result->text()), a.kind == Kind::quantity ? a.unit() : b.unit());
}

}  // namespace

std::optional<Item> arithmetic(Run& run, Operator op, const Item& a, const Item& b) {
    if (a.kind == Kind::string && b.kind == Kind::string && op == Operator::plus) {
        if (!run.room(a.text.size() + b.text.size())) return {};
        return run.string_item(std::string(a.text).append(b.text));
    }
    if (a.kind == Kind::integer && b.kind == Kind::integer) return with_integers(run, op, a, b);
    if (dated(a) && b.kind == Kind::quantity && (op == Operator::plus || op == Operator::minus)) return shifted(run, op, a, b);
    const bool a_counts = a.is_number() || a.kind == Kind::quantity;
    const bool b_counts = b.is_number() || b.kind == Kind::quantity;
    if (!a_counts || !b_counts) {
        run.fail("these cannot be calculated with");
        return {};
    }
    if (!a.is_number() || !b.is_number()) return with_quantities(run, op, a, b);
    const auto x = decimal_of(a);
    const auto y = decimal_of(b);
    const auto result = x && y ? with_decimals(op, *x, *y) : std::nullopt;
    if (!result) return {};
    if (op == Operator::div)
        if (const auto whole = result->truncated()) return Item::of_integer(*whole);
    return give(run, result);
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

void calculate(Run& run, Operator op, std::span<const Item> a, std::span<const Item> b, Items& out) {
    if (op == Operator::join) {
        const auto left = run.string(a);
        const auto right = run.string(b);
        const std::string_view x = left.value_or("");
        const std::string_view y = right.value_or("");
        if (run.failed() || !run.room(x.size() + y.size())) return;
        out.push_back(run.string_item(std::string(x).append(y)));
        return;
    }
    if (a.size() > 1 || b.size() > 1) return run.fail("an operator needs single values");
    if (a.empty() || b.empty()) return;
    const auto left = run.single(a);
    const auto right = run.single(b);
    if (!left || !right) {
        // An element without a value is empty; one that can have none is a mistake.
        const bool complex = (!left && a.front().is_node() && a.front().node.kind() == fhir::Kind::complex) ||
                             (!right && b.front().is_node() && b.front().node.kind() == fhir::Kind::complex);
        if (complex) run.fail("these cannot be calculated with");
        return;
    }
    if (const auto result = arithmetic(run, op, *left, *right)) out.push_back(*result);
}

}  // namespace fhir::path
