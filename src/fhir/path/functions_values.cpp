// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "fhir/path/decimal.h"
#include "fhir/path/functions.h"
#include "fhir/path/operators.h"
#include "fhir/path/temporal.h"

#include <algorithm>
#include <array>

// Conversion, mathematics, now and today, iif (FHIRPath 5.5, 5.7, 5.9, 5.10).

namespace fhir::path {

namespace {

using Kind = Item::Kind;

std::optional<Item> to_boolean(const Item& item) {
    if (item.kind == Kind::boolean) return item;
    if (item.kind == Kind::integer && (item.integer == 0 || item.integer == 1)) return Item::of_bool(item.integer == 1);
    if (item.kind == Kind::decimal) {
        const auto number = Decimal::parse(item.text);
        if (number && *number == Decimal::of(1)) return Item::of_bool(true);
        if (number && *number == Decimal::of(0)) return Item::of_bool(false);
        return {};
    }
    if (item.kind != Kind::string) return {};
    constexpr std::array<std::string_view, 6> yes{"true", "t", "yes", "y", "1", "1.0"};
    constexpr std::array<std::string_view, 6> no{"false", "f", "no", "n", "0", "0.0"};
    const std::string text = base::lower(item.text);
    if (std::find(yes.begin(), yes.end(), text) != yes.end()) return Item::of_bool(true);
    if (std::find(no.begin(), no.end(), text) != no.end()) return Item::of_bool(false);
    return {};
}

std::optional<Item> to_integer(const Item& item) {
    if (item.kind == Kind::integer) return item;
    if (item.kind == Kind::boolean) return Item::of_integer(item.flag ? 1 : 0);
    if (item.kind != Kind::string) return {};
    std::string_view text = item.text;
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto number = base::to_integer(text);
    return number ? std::optional(Item::of_integer(*number)) : std::nullopt;
}

std::optional<Item> to_decimal(const Item& item) {
    if (item.kind == Kind::decimal) return item;
    if (item.kind == Kind::integer) return Item::of_text(Kind::decimal, std::to_string(item.integer));
    if (item.kind == Kind::boolean) return Item::of_text(Kind::decimal, item.flag ? "1.0" : "0.0");
    if (item.kind != Kind::string || item.text.find_first_of("eE") != std::string::npos) return {};
    const auto number = Decimal::parse(item.text);
    return number ? std::optional(Item::of_text(Kind::decimal, number->text())) : std::nullopt;
}

std::optional<Item> to_date(const Item& item) {
    if (item.kind == Kind::date) return item;
    if (item.kind != Kind::date_time && item.kind != Kind::string) return {};
    const std::string date = item.text.substr(0, item.text.find('T'));
    if (!Temporal::date_time(item.text)) return {};
    return Item::of_text(Kind::date, date);
}
std::optional<Item> to_date_time(const Item& item) {
    if (item.kind == Kind::date_time) return item;
    if ((item.kind != Kind::date && item.kind != Kind::string) || !Temporal::date_time(item.text)) return {};
    return Item::of_text(Kind::date_time, item.text);
}
std::optional<Item> to_time(const Item& item) {
    if (item.kind == Kind::time) return item;
    if (item.kind != Kind::string || !Temporal::time(item.text)) return {};
    return Item::of_text(Kind::time, item.text);
}

std::optional<Item> to_quantity(const Item& item) {
    if (item.kind == Kind::quantity) return item;
    if (item.kind == Kind::integer) return Item::of_text(Kind::quantity, std::to_string(item.integer), "1");
    if (item.kind == Kind::decimal) return Item::of_text(Kind::quantity, item.text, "1");
    if (item.kind == Kind::boolean) return Item::of_text(Kind::quantity, item.flag ? "1.0" : "0.0", "1");
    if (item.kind != Kind::string) return {};
    const auto [number, rest] = base::cut(item.text, ' ');
    if (!Decimal::parse(number) || number.find_first_of("eE") != std::string_view::npos) return {};
    std::string_view unit = base::trim(rest);
    if (unit.empty()) return Item::of_text(Kind::quantity, std::string(number), "1");
    if (unit.size() > 2 && unit.front() == '\'' && unit.back() == '\'')
        return Item::of_text(Kind::quantity, std::string(number), std::string(unit.substr(1, unit.size() - 2)));
    constexpr std::array<std::string_view, 8> words{"year", "month", "week", "day", "hour", "minute", "second", "millisecond"};
    if (unit.ends_with('s')) unit.remove_suffix(1);
    if (std::find(words.begin(), words.end(), unit) == words.end()) return {};
    return Item::of_text(Kind::quantity, std::string(number), std::string(unit));
}

using Conversion = std::optional<Item> (*)(const Item&);

template <Conversion convert>
void to(const Call& call) {
    const auto value = call.run.single(call.input);
    if (!value) return;
    if (auto result = convert(*value)) call.out.push_back(std::move(*result));
}
template <Conversion convert>
void converts(const Call& call) {
    if (call.input.empty()) return;
    const auto value = call.run.single(call.input);
    call.give(value && convert(*value).has_value());
}

void to_string(const Call& call) {
    if (call.input.size() > 1) return call.run.fail("toString() needs a single item");
    if (call.input.empty()) return;
    if (auto text = text_of(call.input.front(), call.run.schema())) call.give(std::move(*text));
}
void converts_to_string(const Call& call) {
    if (call.input.size() > 1) return call.run.fail("convertsToString() needs a single item");
    if (!call.input.empty()) call.give(text_of(call.input.front(), call.run.schema()).has_value());
}

std::optional<Decimal> number(const Call& call) {
    const auto value = call.run.single(call.input);
    if (!value) return {};
    if (value->kind == Kind::integer) return Decimal::of(value->integer);
    if (value->kind == Kind::decimal || value->kind == Kind::quantity) return Decimal::parse(value->text);
    call.run.fail("a number is needed here");
    return {};
}

void absolute(const Call& call) {
    const auto value = call.run.single(call.input);
    const auto size = number(call);
    if (!value || !size) return;
    const Decimal result = size->negative() ? size->negated() : *size;
    if (value->kind == Kind::integer) {
        if (const auto whole = result.truncated()) call.give_integer(*whole);
        return;
    }
    call.out.push_back(Item::of_text(value->kind, result.text(), value->unit));
}
void truncate(const Call& call) {
    if (const auto value = number(call))
        if (const auto whole = value->truncated()) call.give_integer(*whole);
}
void ceiling(const Call& call) {
    const auto value = number(call);
    const auto whole = value ? value->truncated() : std::nullopt;
    if (whole) call.give_integer(Decimal::of(*whole) < *value ? *whole + 1 : *whole);
}
void floor(const Call& call) {
    const auto value = number(call);
    const auto whole = value ? value->truncated() : std::nullopt;
    if (whole) call.give_integer(Decimal::of(*whole) > *value ? *whole - 1 : *whole);
}
void round(const Call& call) {
    const auto value = number(call);
    const auto digits = call.count() == 1 ? call.run.integer(call.argument(0)) : std::optional<std::int64_t>(0);
    if (!value || !digits) return;
    if (*digits < 0) return call.run.fail("round() needs a number of digits from 0");
    call.out.push_back(Item::of_text(Kind::decimal, value->rounded(static_cast<int>(std::min<std::int64_t>(*digits, 28))).text()));
}

bool has_clock(const Call& call) {
    if (call.run.environment().now == 0) call.run.fail(base::Fault::Kind::unsupported, "the time is not known here");
    return call.run.environment().now != 0;
}
void now(const Call& call) {
    if (has_clock(call)) call.out.push_back(Item::of_text(Kind::date_time, base::instant(call.run.environment().now)));
}
void today(const Call& call) {
    if (has_clock(call))
        call.out.push_back(Item::of_text(Kind::date, base::instant(call.run.environment().now).substr(0, 10)));
}
void time_of_day(const Call& call) {
    if (has_clock(call))
        call.out.push_back(Item::of_text(Kind::time, base::instant(call.run.environment().now).substr(11, 12)));
}

// Only the branch that is taken is evaluated.
void iif(const Call& call) {
    if (call.input.size() > 1) return call.run.fail("iif() needs a single item");
    const Scope scope{call.input.empty() ? call.scope.focus : &call.input, call.scope.index, call.scope.total};
    const bool yes = call.run.truth(call.run.evaluate(call.node(0), scope)).value_or(false);
    if (call.run.failed()) return;
    if (yes) call.run.evaluate(call.node(1), scope, call.out);
    else if (call.count() == 3) call.run.evaluate(call.node(2), scope, call.out);
}

constexpr Function table[] = {
    {"toBoolean", 0, 0, to<to_boolean>},     {"convertsToBoolean", 0, 0, converts<to_boolean>},
    {"toInteger", 0, 0, to<to_integer>},     {"convertsToInteger", 0, 0, converts<to_integer>},
    {"toDecimal", 0, 0, to<to_decimal>},     {"convertsToDecimal", 0, 0, converts<to_decimal>},
    {"toDate", 0, 0, to<to_date>},           {"convertsToDate", 0, 0, converts<to_date>},
    {"toDateTime", 0, 0, to<to_date_time>},  {"convertsToDateTime", 0, 0, converts<to_date_time>},
    {"toTime", 0, 0, to<to_time>},           {"convertsToTime", 0, 0, converts<to_time>},
    {"toQuantity", 0, 1, to<to_quantity>},   {"convertsToQuantity", 0, 1, converts<to_quantity>},
    {"toString", 0, 0, to_string},           {"convertsToString", 0, 0, converts_to_string},
    {"abs", 0, 0, absolute},                 {"truncate", 0, 0, truncate},
    {"ceiling", 0, 0, ceiling},              {"floor", 0, 0, floor},
    {"round", 0, 1, round},                  {"now", 0, 0, now},
    {"today", 0, 0, today},                  {"timeOfDay", 0, 0, time_of_day},
    {"iif", 2, 3, iif},
};

}  // namespace

std::span<const Function> functions_of_values() { return table; }

}  // namespace fhir::path
