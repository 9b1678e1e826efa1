// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/functions.h"
#include "fhir/path/operators.h"

#include <algorithm>

// Existence, filtering, subsetting, combining, navigation (FHIRPath 5.1 to 5.4, 5.8, 7).

namespace fhir::path {

namespace {

void append(const Collection& from, Collection& to) { to.insert(to.end(), from.begin(), from.end()); }

void where(const Call& call) {
    for (std::size_t i = 0; i < call.input.size() && call.run.step(); ++i) {
        const auto keep = call.run.truth(call.run.on(call.node(0), call.input[i], static_cast<std::int64_t>(i)));
        if (keep.value_or(false)) call.out.push_back(call.input[i]);
    }
}

void select(const Call& call) {
    for (std::size_t i = 0; i < call.input.size() && call.run.step(); ++i)
        append(call.run.on(call.node(0), call.input[i], static_cast<std::int64_t>(i)), call.out);
}

void exists(const Call& call) {
    if (call.count() == 0) return call.give(!call.input.empty());
    for (std::size_t i = 0; i < call.input.size() && call.run.step(); ++i)
        if (call.run.truth(call.run.on(call.node(0), call.input[i], static_cast<std::int64_t>(i))).value_or(false))
            return call.give(true);
    call.give(false);
}

void all(const Call& call) {
    for (std::size_t i = 0; i < call.input.size() && call.run.step(); ++i)
        if (!call.run.truth(call.run.on(call.node(0), call.input[i], static_cast<std::int64_t>(i))).value_or(false))
            return call.give(false);
    call.give(true);
}

void empty(const Call& call) { call.give(call.input.empty()); }
void count(const Call& call) { call.give_integer(static_cast<std::int64_t>(call.input.size())); }

void not_(const Call& call) {
    if (const auto value = call.run.truth(call.input)) call.give(!*value);
}

// allTrue, anyTrue ...: every item must be a boolean.
bool any_is(const Call& call, bool wanted) {
    bool found = false;
    for (const Item& item : call.input) {
        const auto value = system_value(item, call.run.schema());
        if (!value || value->kind != Item::Kind::boolean) {
            call.run.fail("booleans are needed here");
            return false;
        }
        found = found || value->flag == wanted;
    }
    return found;
}
void all_true(const Call& call) { call.give(!any_is(call, false)); }
void any_true(const Call& call) { call.give(any_is(call, true)); }
void all_false(const Call& call) { call.give(!any_is(call, true)); }
void any_false(const Call& call) { call.give(any_is(call, false)); }

bool within(const Call& call, const Collection& few, const Collection& many) {
    return std::all_of(few.begin(), few.end(), [&](const Item& item) { return holds(call.run, many, item); });
}
void subset_of(const Call& call) { call.give(within(call, call.input, call.argument(0))); }
void superset_of(const Call& call) { call.give(within(call, call.argument(0), call.input)); }

void distinct(const Call& call) { append_distinct(call.run, call.input, call.out); }
void is_distinct(const Call& call) {
    Collection once;
    append_distinct(call.run, call.input, once);
    call.give(once.size() == call.input.size());
}

void single(const Call& call) {
    if (call.input.size() > 1) return call.run.fail("single() found several items");
    append(call.input, call.out);
}
void first(const Call& call) {
    if (!call.input.empty()) call.out.push_back(call.input.front());
}
void last(const Call& call) {
    if (!call.input.empty()) call.out.push_back(call.input.back());
}
void part(const Call& call, std::int64_t from, std::int64_t to) {
    const auto size = static_cast<std::int64_t>(call.input.size());
    for (std::int64_t i = std::clamp<std::int64_t>(from, 0, size); i < std::min(to, size); ++i)
        call.out.push_back(call.input[static_cast<std::size_t>(i)]);
}
void tail(const Call& call) { part(call, 1, INT64_MAX); }
void skip(const Call& call) {
    if (const auto number = call.run.integer(call.argument(0))) part(call, *number, INT64_MAX);
}
void take(const Call& call) {
    if (const auto number = call.run.integer(call.argument(0))) part(call, 0, *number);
}

void intersect(const Call& call) {
    const Collection other = call.argument(0);
    Collection both;
    for (const Item& item : call.input)
        if (holds(call.run, other, item)) both.push_back(item);
    append_distinct(call.run, both, call.out);
}
void exclude(const Call& call) {
    const Collection other = call.argument(0);
    for (const Item& item : call.input)
        if (!holds(call.run, other, item)) call.out.push_back(item);
}
void union_(const Call& call) {
    append_distinct(call.run, call.input, call.out);
    append_distinct(call.run, call.argument(0), call.out);
}
void combine(const Call& call) {
    append(call.input, call.out);
    append(call.argument(0), call.out);
}

void children(const Call& call) {
    for (const Item& item : call.input) call.run.children(item, call.out);
}
void descendants(const Call& call) {
    Collection found;
    children({call.run, call.input, call.parts, call.first, call.scope, found, call.code});
    for (std::size_t i = 0; i < found.size() && call.run.step(); ++i) {
        const Item item = found[i];
        call.run.children(item, found);
    }
    append(found, call.out);
}

// Only what is new goes round again, so that a circle ends.
void repeat(const Call& call) {
    Collection found;
    Collection round = call.input;
    while (!round.empty() && call.run.step()) {
        const std::size_t before = found.size();
        for (const Item& item : round) append_distinct(call.run, call.run.on(call.node(0), item, 0), found);
        round.assign(found.begin() + static_cast<std::ptrdiff_t>(before), found.end());
    }
    append(found, call.out);
}

void aggregate(const Call& call) {
    Collection total;
    if (call.count() == 2) total = call.argument(1);
    for (std::size_t i = 0; i < call.input.size() && call.run.step(); ++i)
        total = call.run.on(call.node(0), call.input[i], static_cast<std::int64_t>(i), &total);
    append(total, call.out);
}

// Nobody listens to a trace here; the items pass.
void trace(const Call& call) { append(call.input, call.out); }

constexpr Function table[] = {
    {"where", 1, 1, where},           {"select", 1, 1, select},          {"exists", 0, 1, exists},
    {"all", 1, 1, all},               {"any", 0, 1, exists},             {"empty", 0, 0, empty},
    {"count", 0, 0, count},           {"not", 0, 0, not_},               {"allTrue", 0, 0, all_true},
    {"anyTrue", 0, 0, any_true},      {"allFalse", 0, 0, all_false},     {"anyFalse", 0, 0, any_false},
    {"subsetOf", 1, 1, subset_of},    {"supersetOf", 1, 1, superset_of}, {"distinct", 0, 0, distinct},
    {"isDistinct", 0, 0, is_distinct}, {"single", 0, 0, single},         {"first", 0, 0, first},
    {"last", 0, 0, last},             {"tail", 0, 0, tail},              {"skip", 1, 1, skip},
    {"take", 1, 1, take},             {"intersect", 1, 1, intersect},    {"exclude", 1, 1, exclude},
    {"union", 1, 1, union_},          {"combine", 1, 1, combine},        {"children", 0, 0, children},
    {"descendants", 0, 0, descendants}, {"repeat", 1, 1, repeat},        {"aggregate", 1, 2, aggregate},
    {"trace", 1, 2, trace},
};

}  // namespace

std::span<const Function> functions_of_collections() { return table; }

}  // namespace fhir::path
