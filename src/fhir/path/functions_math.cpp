// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/functions.h"
#include "fhir/path/operators.h"
#include "fhir/path/quantity.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>

// Mathematics (FHIRPath 5.7) and sums over collections. What has no result gives empty.

namespace fhir::path {

namespace {

using Kind = Item::Kind;

struct Number {
    Item item;
    Decimal value;
};
std::optional<Number> number_in(Run& run, std::span<const Item> items) {
    const auto item = run.single(items);
    if (!item) return {};
    if (item->kind == Kind::integer) return Number{*item, Decimal::of(item->integer())};
    if (item->kind == Kind::decimal || item->kind == Kind::quantity) {
        const auto value = Decimal::parse(item->text);
        return value ? std::optional(Number{*item, *value}) : std::nullopt;
    }
    run.fail("a number is needed here");
    return {};
}
std::optional<Number> number(const Call& call) { return number_in(call.run, call.input); }

void give(const Call& call, Kind kind, const Decimal& value, std::string_view unit) {
    const std::string_view text = call.run.keep(value.text());
    call.out.push_back(kind == Kind::quantity ? Item::of_quantity(text, unit) : Item::of_text(Kind::decimal, text));
}
void give_whole(const Call& call, const std::optional<std::int64_t>& value) {
    if (value) call.give_integer(*value);
}
// As many digits as a double is good for.
void give_real(const Call& call, double value) {
    if (!std::isfinite(value)) return;
    const auto exact = Decimal::parse(fmt::format("{:.15g}", value));
    if (!exact) return;
    const std::string text = exact->text();
    call.out.push_back(Item::of_text(Kind::decimal, call.run.keep(text.find('.') == std::string::npos ? text + ".0" : text)));
}

void absolute(const Call& call) {
    const auto found = number(call);
    if (!found) return;
    if (found->item.kind == Kind::integer) {
        if (found->item.integer() != INT64_MIN) call.out.push_back(Item::of_integer(std::abs(found->item.integer()), found->item.flag));
        return;
    }
    give(call, found->item.kind, found->value.negative() ? found->value.negated() : found->value, found->item.unit());
}
void truncate(const Call& call) {
    if (const auto found = number(call)) give_whole(call, found->value.truncated());
}
void ceiling(const Call& call) {
    const auto found = number(call);
    const auto whole = found ? found->value.truncated() : std::nullopt;
    if (whole) call.give_integer(Decimal::of(*whole) < found->value ? *whole + 1 : *whole);
}
void floor(const Call& call) {
    const auto found = number(call);
    const auto whole = found ? found->value.truncated() : std::nullopt;
    if (whole) call.give_integer(Decimal::of(*whole) > found->value ? *whole - 1 : *whole);
}
void round(const Call& call) {
    const auto found = number(call);
    const auto digits = call.count() == 1 ? call.run.integer(call.argument(0)) : std::optional<std::int64_t>(0);
    if (!found || !digits) return;
    if (*digits < 0) return call.run.fail("round() needs a number of digits from 0");
    give(call, found->item.kind, found->value.rounded(static_cast<int>(std::min<std::int64_t>(*digits, 28))), found->item.unit());
}

void sqrt(const Call& call) {
    if (const auto found = number(call); found && !found->value.negative()) give_real(call, std::sqrt(found->value.to_double()));
}
void exp(const Call& call) {
    if (const auto found = number(call)) give_real(call, std::exp(found->value.to_double()));
}
void ln(const Call& call) {
    if (const auto found = number(call); found && found->value > Decimal::of(0)) give_real(call, std::log(found->value.to_double()));
}
void log(const Call& call) {
    const auto found = number(call);
    const auto base = found ? number_in(call.run, call.argument(0)) : std::nullopt;
    if (!base || !(found->value > Decimal::of(0)) || !(base->value > Decimal::of(0)) || base->value == Decimal::of(1)) return;
    give_real(call, std::log(found->value.to_double()) / std::log(base->value.to_double()));
}
void power(const Call& call) {
    const auto found = number(call);
    const auto exponent = found ? number_in(call.run, call.argument(0)) : std::nullopt;
    if (!exponent) return;
    // Exact while it fits.
    if (exponent->item.kind == Kind::integer && exponent->item.integer() >= 0 && exponent->item.integer() <= 100) {
        std::optional<Decimal> product = Decimal::of(1);
        for (std::int64_t i = 0; i < exponent->item.integer() && product; ++i) product = multiply(*product, found->value);
        if (product && found->item.kind == Kind::integer) return give_whole(call, product->truncated());
        if (product) return give(call, Kind::decimal, *product, {});
    }
    give_real(call, std::pow(found->value.to_double(), exponent->value.to_double()));
}

// sum, avg, min, max: of numbers or of quantities that agree in dimension; min and max of anything that has an order.
std::optional<Item> sum_of(const Call& call) {
    std::optional<Item> sum;
    for (const Item& item : call.input) {
        const auto value = call.run.value(item);
        if (!value || (!value->is_number() && value->kind != Kind::quantity)) {
            call.run.fail("numbers are needed here");
            return {};
        }
        sum = sum ? arithmetic(call.run, Operator::plus, *sum, *value) : value;
        if (!sum || !call.run.step()) return {};
    }
    return sum;
}
void sum(const Call& call) { call.give(sum_of(call)); }
void avg(const Call& call) {
    const auto total = sum_of(call);
    if (!total) return;
    call.give(arithmetic(call.run, Operator::divide, *total, Item::of_integer(static_cast<std::int64_t>(call.input.size()), true)));
}
void extreme(const Call& call, bool largest) {
    std::optional<Item> best;
    for (const Item& item : call.input) {
        const auto value = call.run.value(item);
        if (!value || !call.run.step()) return call.run.fail("values that have an order are needed here");
        if (best) {
            const auto is = order(call.run, *value, *best);
            if (!is) return;
            if (largest ? *is <= 0 : *is >= 0) continue;
        }
        best = value;
    }
    call.give(best);
}
void min(const Call& call) { extreme(call, false); }
void max(const Call& call) { extreme(call, true); }

void comparable_(const Call& call) {
    const auto a = call.run.single(call.input);
    const auto b = a ? call.run.single(call.argument(0)) : std::nullopt;
    if (!a || !b) return;
    if (a->kind != Kind::quantity || b->kind != Kind::quantity) return call.run.fail("comparable() needs quantities");
    call.give(comparable(call.run, *a, *b));
}

constexpr Function table[] = {
    {"abs", 0, 0, absolute, "inq", '='},   {"truncate", 0, 0, truncate, "inq", 'i'}, {"ceiling", 0, 0, ceiling, "inq", 'i'},
    {"floor", 0, 0, floor, "inq", 'i'},    {"round", 0, 1, round, "inq", 'n'},       {"sqrt", 0, 0, sqrt, "in", 'n'},
    {"exp", 0, 0, exp, "in", 'n'},         {"ln", 0, 0, ln, "in", 'n'},              {"log", 1, 1, log, "in", 'n'},
    {"power", 1, 1, power, "in", '*'},     {"sum", 0, 0, sum, "", '='},              {"avg", 0, 0, avg, "", '*'},
    {"min", 0, 0, min, "", '='},           {"max", 0, 0, max, "", '='},              {"comparable", 1, 1, comparable_, "q", 'b'},
};

}  // namespace

std::span<const Function> functions_of_math() { return table; }

}  // namespace fhir::path
