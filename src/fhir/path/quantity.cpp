// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/quantity.h"

#include "fhir/ucum/units.h"

#include <array>

namespace fhir::path {

namespace {

// Milliseconds of a duration; a calendar year counts 365 days and a month 30 when no date anchors them (FHIRPath 5.5.8).
struct Duration {
    std::string_view word;
    std::string_view code;
    std::int64_t millis;
};
constexpr std::int64_t day = 86'400'000;
constexpr std::array<Duration, 8> durations{{{"year", "a", 365 * day}, {"month", "mo", 30 * day}, {"week", "wk", 7 * day}, {"day", "d", day},
                                             {"hour", "h", 3'600'000}, {"minute", "min", 60'000}, {"second", "s", 1'000}, {"millisecond", "ms", 1}}};

const Duration* by_word(std::string_view word) {
    for (const Duration& duration : durations)
        if (duration.word == word) return &duration;
    return nullptr;
}
const Duration* by_code(std::string_view code) {
    for (const Duration& duration : durations)
        if (duration.code == code) return &duration;
    return nullptr;
}

bool is_year_or_month(std::string_view word) { return word == "year" || word == "month"; }

std::optional<Aligned> in_millis(const Decimal& x, const Duration& one, const Decimal& y, const Duration& other, Alignment how) {
    // 12 months are a year, though 12 times 30 days are not.
    std::int64_t left = one.millis;
    std::int64_t right = other.millis;
    if (is_year_or_month(one.word) && is_year_or_month(other.word)) {
        left = one.word == "year" ? 12 : 1;
        right = other.word == "year" ? 12 : 1;
    }
    const bool down = how == Alignment::finest;
    const std::int64_t grain = down ? std::min(left, right) : left > right ? left : right;
    const auto scale = [&](const Decimal& number, std::int64_t factor) -> std::optional<Decimal> {
        const auto scaled = multiply(number, Decimal::of(factor));
        return scaled ? divide(*scaled, Decimal::of(grain)) : std::nullopt;
    };
    const auto a = left == grain ? std::optional(x) : scale(x, left);
    const auto b = right == grain ? std::optional(y) : scale(y, right);
    if (!a || !b) return {};
    return Aligned{*a, *b, left == grain ? one.word : other.word};
}

std::optional<std::string> converted(const ucum::Units& units, std::string_view value, std::string_view from, std::string_view to) {
    auto result = units.convert(value, from, to);
    if (!result) return {};
    return std::move(*result);
}

}  // namespace

std::string_view calendar_word(std::string_view unit) {
    if (unit.ends_with('s')) unit.remove_suffix(1);
    const Duration* const found = by_word(unit);
    return found ? found->word : std::string_view{};
}

std::string_view ucum_code(std::string_view unit) {
    const Duration* const found = by_word(calendar_word(unit));
    return found ? found->code : unit;
}

std::optional<Aligned> align(Run& run, const Item& a, const Item& b, Alignment how) {
    const auto x = Decimal::parse(a.text);
    const auto y = Decimal::parse(b.text);
    if (!x || !y) return {};
    const std::string_view word_a = calendar_word(a.unit());
    const std::string_view word_b = calendar_word(b.unit());
    if (a.unit() == b.unit() || (!word_a.empty() && word_a == word_b)) return Aligned{*x, *y, a.unit()};
    const bool one_is_calendar = word_a.empty() != word_b.empty();
    if (one_is_calendar && how == Alignment::exact && is_year_or_month(word_a.empty() ? word_b : word_a)) return {};
    if (!word_a.empty() && !word_b.empty()) return in_millis(*x, *by_word(word_a), *y, *by_word(word_b), how);
    const std::string_view code_a = ucum_code(a.unit());
    const std::string_view code_b = ucum_code(b.unit());
    if (code_a == code_b) return Aligned{*x, *y, code_a};
    if (const ucum::Units* const units = run.environment().units; units && units->comparable(code_a, code_b)) {
        // Into the larger unit (the smaller one for sums): 4 g and 4040 mg are 4 and 4.040.
        const auto one = converted(*units, "1", code_b, code_a);
        const auto size = one ? Decimal::parse(*one) : std::nullopt;
        const bool b_smaller = size ? *size < Decimal::of(1) : false;
        if (b_smaller != (how == Alignment::finest)) {
            const auto text = converted(*units, b.text, code_b, code_a);
            const auto number = text ? Decimal::parse(*text) : std::nullopt;
            if (number) return Aligned{*x, *number, code_a};
        } else {
            const auto text = converted(*units, a.text, code_a, code_b);
            const auto number = text ? Decimal::parse(*text) : std::nullopt;
            if (number) return Aligned{*number, *y, code_b};
        }
        return {};
    }
    const Duration* const left = by_code(code_a);
    const Duration* const right = by_code(code_b);
    const auto exact = [](const Duration& duration) { return !is_year_or_month(duration.word); };
    if (!left || !right || !exact(*left) || !exact(*right)) return {};
    auto result = in_millis(*x, *left, *y, *right, how);
    if (result) result->unit = ucum_code(result->unit);
    return result;
}

bool comparable(Run& run, const Item& a, const Item& b) {
    if (a.unit() == b.unit()) return true;
    const std::string_view code_a = ucum_code(a.unit());
    const std::string_view code_b = ucum_code(b.unit());
    if (code_a == code_b) return true;
    if (const ucum::Units* const units = run.environment().units) return units->comparable(code_a, code_b);
    return by_code(code_a) && by_code(code_b);
}

namespace {

std::optional<Item> computed(Run& run, base::Result<ucum::Measure> measure) {
    if (!measure) return {};
    return Item::of_quantity(run.keep(measure->value), run.keep(measure->unit.empty() ? std::string_view("1") : measure->unit));
}

ucum::Measure measure_of(const Item& item) { return {std::string(item.text), std::string(ucum_code(item.unit()))}; }

bool is_one(const Item& item) { return item.unit() == "1" || item.unit().empty(); }

}  // namespace

std::optional<Item> multiplied(Run& run, const Item& a, const Item& b) {
    if (const ucum::Units* const units = run.environment().units) return computed(run, units->multiply(measure_of(a), measure_of(b)));
    if (!is_one(a) && !is_one(b)) return {};
    const auto x = Decimal::parse(a.text);
    const auto y = Decimal::parse(b.text);
    const auto product = x && y ? multiply(*x, *y) : std::nullopt;
    if (!product) return {};
    return Item::of_quantity(run.keep(product->text()), is_one(a) ? b.unit() : a.unit());
}

std::optional<Item> divided(Run& run, const Item& a, const Item& b) {
    const auto x = Decimal::parse(a.text);
    const auto y = Decimal::parse(b.text);
    if (!x || !y || *y == Decimal::of(0)) return {};
    if (const ucum::Units* const units = run.environment().units) return computed(run, units->divide(measure_of(a), measure_of(b)));
    if (!is_one(b) && a.unit() != b.unit()) return {};
    const auto quotient = divide(*x, *y);
    if (!quotient) return {};
    return Item::of_quantity(run.keep(quotient->text()), is_one(b) ? a.unit() : std::string_view("1"));
}

}  // namespace fhir::path
