// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"
#include "fhir/path/functions.h"
#include "fhir/path/quantity.h"
#include "fhir/path/temporal.h"
#include "fhir/ucum/units.h"

#include <algorithm>
#include <array>
#include <limits>

// toX() and convertsToX() (FHIRPath 5.5).

namespace fhir::path {

namespace {

using Kind = Item::Kind;
using Value = std::optional<Item>;

Value to_boolean(Run&, const Item& item) {
    if (item.kind == Kind::boolean) return item;
    if (item.kind == Kind::integer && (item.integer() == 0 || item.integer() == 1)) return Item::of_bool(item.integer() == 1);
    if (item.kind == Kind::decimal) {
        const auto number = Decimal::parse(item.text);
        if (number && *number == Decimal::of(1)) return Item::of_bool(true);
        if (number && *number == Decimal::of(0)) return Item::of_bool(false);
        return {};
    }
    if (item.kind != Kind::string) return {};
    constexpr std::array<std::string_view, 6> yes{"true", "t", "yes", "y", "1", "1.0"};
    constexpr std::array<std::string_view, 6> no{"false", "f", "no", "n", "0", "0.0"};
    const auto is = [&item](std::string_view word) { return base::equal_ignoring_case(word, item.text); };
    if (std::any_of(yes.begin(), yes.end(), is)) return Item::of_bool(true);
    if (std::any_of(no.begin(), no.end(), is)) return Item::of_bool(false);
    return {};
}

std::optional<std::int64_t> whole(std::string_view text) {
    if (text.starts_with('+')) {
        text.remove_prefix(1);
        if (text.starts_with('-')) return {};
    }
    return base::to_integer(text);
}
Value to_integer(Run&, const Item& item) {
    std::optional<std::int64_t> number;
    if (item.kind == Kind::integer) number = item.integer();
    if (item.kind == Kind::boolean) number = item.flag ? 1 : 0;
    if (item.kind == Kind::string) number = whole(item.text);
    if (!number || *number > std::numeric_limits<std::int32_t>::max() || *number < std::numeric_limits<std::int32_t>::min()) return {};
    return Item::of_integer(*number);
}
Value to_long(Run&, const Item& item) {
    if (item.kind == Kind::integer) return Item::of_integer(item.integer(), true);
    if (item.kind == Kind::boolean) return Item::of_integer(item.flag ? 1 : 0, true);
    const auto number = item.kind == Kind::string ? whole(item.text) : std::nullopt;
    return number ? Value(Item::of_integer(*number, true)) : std::nullopt;
}

// (+|-)? digits (. digits)?
bool is_plain_number(std::string_view text) {
    if (!text.empty() && (text.front() == '+' || text.front() == '-')) text.remove_prefix(1);
    const auto digits = [](std::string_view part) {
        return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
    };
    const std::size_t point = text.find('.');
    return digits(text.substr(0, point)) && (point == std::string_view::npos || digits(text.substr(point + 1)));
}
Value to_decimal(Run& run, const Item& item) {
    if (item.kind == Kind::decimal) return item;
    if (item.kind == Kind::integer) return Item::of_text(Kind::decimal, run.keep(std::to_string(item.integer())));
    if (item.kind == Kind::boolean) return Item::of_text(Kind::decimal, item.flag ? "1.0" : "0.0");
    if (item.kind != Kind::string || !is_plain_number(item.text) || !Decimal::parse(item.text)) return {};
    return Item::of_text(Kind::decimal, item.text.starts_with('+') ? item.text.substr(1) : item.text);
}

Value to_date(Run&, const Item& item) {
    if (item.kind == Kind::date) return item;
    if (item.kind == Kind::date_time) return Item::of_text(Kind::date, item.text.substr(0, item.text.find('T')));
    if (item.kind != Kind::string || item.text.find('T') != std::string_view::npos || !Temporal::date_time(item.text)) return {};
    return Item::of_text(Kind::date, item.text);
}
Value to_date_time(Run&, const Item& item) {
    if (item.kind == Kind::date_time) return item;
    if ((item.kind != Kind::date && item.kind != Kind::string) || !Temporal::date_time(item.text)) return {};
    return Item::of_text(Kind::date_time, item.text);
}
Value to_time(Run&, const Item& item) {
    if (item.kind == Kind::time) return item;
    if (item.kind != Kind::string || !Temporal::time(item.text)) return {};
    return Item::of_text(Kind::time, item.text);
}

Value to_quantity(Run& run, const Item& item) {
    if (item.kind == Kind::quantity) return item;
    if (item.kind == Kind::integer) return Item::of_quantity(run.keep(std::to_string(item.integer())), "1");
    if (item.kind == Kind::decimal) return Item::of_quantity(item.text, "1");
    if (item.kind == Kind::boolean) return Item::of_quantity(item.flag ? "1.0" : "0.0", "1");
    if (item.kind != Kind::string) return {};
    const std::string_view text = item.text;
    const std::size_t end = std::min(text.find_first_not_of("+-0123456789."), text.size());
    const std::string_view number = text.substr(0, end);
    if (!is_plain_number(number) || !Decimal::parse(number)) return {};
    std::string_view unit = text.substr(end);
    const bool spaced = unit.starts_with(' ') || unit.starts_with('\t');
    unit = base::trim(unit);
    if (unit.empty()) return spaced ? std::nullopt : Value(Item::of_quantity(number, "1"));
    if (unit.size() > 2 && unit.front() == '\'' && unit.back() == '\'') return Item::of_quantity(number, unit.substr(1, unit.size() - 2));
    return is_calendar_word(unit) ? Value(Item::of_quantity(number, unit)) : std::nullopt;
}
// toQuantity(unit): in that unit, if it can be.
Value in_unit(Run& run, const Item& quantity, std::string_view unit) {
    if (quantity.unit() == unit || ucum_code(quantity.unit()) == ucum_code(unit)) return Item::of_quantity(quantity.text, unit);
    const ucum::Units* const units = run.environment().units;
    if (!units) return {};
    const auto result = units->convert(quantity.text, ucum_code(quantity.unit()), ucum_code(unit));
    if (!result) return {};
    return Item::of_quantity(run.keep(*result), unit);
}

using Conversion = Value (*)(Run&, const Item&);

// The conversion of the input; nothing when it is empty, is no value, or does not convert.
template <Conversion convert>
Value converted(const Call& call) {
    const auto value = call.run.single(call.input);
    Value result = value ? convert(call.run, *value) : std::nullopt;
    if (!result || call.count() == 0) return result;
    const auto unit = call.run.string(call.argument(0));
    return unit ? in_unit(call.run, *result, *unit) : std::nullopt;
}
template <Conversion convert>
void to(const Call& call) {
    call.give(converted<convert>(call));
}
template <Conversion convert>
void converts(const Call& call) {
    if (call.input.empty()) return;
    const bool fine = converted<convert>(call).has_value();
    if (!call.run.failed()) call.give(fine);
}

void to_string(const Call& call) {
    if (call.input.size() > 1) return call.run.fail("toString() needs a single item");
    if (call.input.empty()) return;
    if (const auto text = call.run.text(call.input.front())) call.give_view(*text);
}
void converts_to_string(const Call& call) {
    if (call.input.size() > 1) return call.run.fail("convertsToString() needs a single item");
    if (!call.input.empty()) call.give(call.run.text(call.input.front()).has_value());
}

constexpr Function table[] = {
    {"toBoolean", 0, 0, to<to_boolean>, "", 'b'},
    {"convertsToBoolean", 0, 0, converts<to_boolean>, "", 'b'},
    {"toInteger", 0, 0, to<to_integer>, "", 'i'},
    {"convertsToInteger", 0, 0, converts<to_integer>, "", 'b'},
    {"toLong", 0, 0, to<to_long>, "", 'i'},
    {"convertsToLong", 0, 0, converts<to_long>, "", 'b'},
    {"toDecimal", 0, 0, to<to_decimal>, "", 'n'},
    {"convertsToDecimal", 0, 0, converts<to_decimal>, "", 'b'},
    {"toDate", 0, 0, to<to_date>, "", 'd'},
    {"convertsToDate", 0, 0, converts<to_date>, "", 'b'},
    {"toDateTime", 0, 0, to<to_date_time>, "", 't'},
    {"convertsToDateTime", 0, 0, converts<to_date_time>, "", 'b'},
    {"toTime", 0, 0, to<to_time>, "", 'h'},
    {"convertsToTime", 0, 0, converts<to_time>, "", 'b'},
    {"toQuantity", 0, 1, to<to_quantity>, "", 'q'},
    {"convertsToQuantity", 0, 1, converts<to_quantity>, "", 'b'},
    {"toString", 0, 0, to_string, "", 's'},
    {"convertsToString", 0, 0, converts_to_string, "", 'b'},
};

}  // namespace

std::span<const Function> functions_of_conversion() { return table; }

}  // namespace fhir::path
