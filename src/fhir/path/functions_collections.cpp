// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/distinct.h"
#include "fhir/path/functions.h"

#include <algorithm>
#include <numeric>

// Existence, filtering, subsetting, combining, navigation, sorting, variables (FHIRPath 5.1 to 5.4, 5.8, 5.9, 7).

namespace fhir::path {

namespace {

bool is_true(const Call& call, std::size_t item) { return call.run.truth(call.node(0), call.on(item)).value_or(false); }

void where(const Call& call) {
    for (std::size_t i = 0; i < call.input.size() && call.run.step(); ++i)
        if (is_true(call, i)) call.out.push_back(call.input[i]);
}

void select(const Call& call) {
    for (std::size_t i = 0; i < call.input.size() && call.run.step(); ++i) call.run.evaluate_apart(call.node(0), call.on(i), call.out);
}

void exists(const Call& call) {
    if (call.count() == 0) return call.give(!call.input.empty());
    for (std::size_t i = 0; i < call.input.size() && call.run.step(); ++i)
        if (is_true(call, i)) return call.give(true);
    call.give(false);
}

void all(const Call& call) {
    for (std::size_t i = 0; i < call.input.size() && call.run.step(); ++i)
        if (!is_true(call, i)) return call.give(false);
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
        const auto value = call.run.value(item);
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

Distinct set_of(const Call& call, std::span<const Item> items) {
    Distinct set(call.run);
    for (const Item& item : items) set.add(item);
    return set;
}
bool within(const Call& call, std::span<const Item> few, std::span<const Item> many) {
    const Distinct set = set_of(call, many);
    return std::all_of(few.begin(), few.end(), [&](const Item& item) { return set.has(item); });
}
void subset_of(const Call& call) { call.give(within(call, call.input, call.argument(0))); }
void superset_of(const Call& call) { call.give(within(call, call.argument(0), call.input)); }

void distinct(const Call& call) { append_distinct(call.run, call.input, call.out); }
void is_distinct(const Call& call) { call.give(set_of(call, call.input).items().size() == call.input.size()); }

void single(const Call& call) {
    if (call.input.size() > 1) return call.run.fail("single() found several items");
    call.out.append(call.input);
}
void first(const Call& call) {
    if (!call.input.empty()) call.out.push_back(call.input.front());
}
void last(const Call& call) {
    if (!call.input.empty()) call.out.push_back(call.input.back());
}
void part(const Call& call, std::int64_t from, std::int64_t to) {
    const auto size = static_cast<std::int64_t>(call.input.size());
    const std::int64_t begin = std::clamp<std::int64_t>(from, 0, size);
    const std::int64_t end = std::clamp<std::int64_t>(to, begin, size);
    call.out.append(call.input.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)));
}
void tail(const Call& call) { part(call, 1, INT64_MAX); }
void skip(const Call& call) {
    if (const auto number = call.run.integer(call.argument(0))) part(call, *number, INT64_MAX);
}
void take(const Call& call) {
    if (const auto number = call.run.integer(call.argument(0))) part(call, 0, *number);
}

void intersect(const Call& call) {
    const Distinct other = set_of(call, call.argument(0));
    Distinct both(call.run);
    for (const Item& item : call.input)
        if (other.has(item)) both.add(item);
    call.out.append(both.items());
}
void exclude(const Call& call) {
    const Distinct other = set_of(call, call.argument(0));
    for (const Item& item : call.input)
        if (!other.has(item)) call.out.push_back(item);
}
void union_(const Call& call) { append_union(call.run, call.input, call.argument(0), call.out); }
void combine(const Call& call) {
    call.out.append(call.input);
    call.out.append(call.argument(0));
}
void coalesce(const Call& call) {
    for (std::size_t i = 0; i < call.count() && !call.run.failed(); ++i) {
        const Items found = call.argument(i);
        if (!found.empty()) return call.out.append(found);
    }
}

void children(const Call& call) {
    for (const Item& item : call.input) call.run.children(item, call.out);
}
void descendants(const Call& call) {
    Items found = call.run.items();
    for (const Item& item : call.input) call.run.children(item, found);
    for (std::size_t i = 0; i < found.size() && call.run.step(); ++i) call.run.children(Item(found[i]), found);
    call.out.append(found);
}

// Only what is new goes round again, so that a circle ends.
void repeat(const Call& call) {
    Distinct found(call.run);
    Items round = call.run.items();
    round.append(call.input);
    while (!round.empty() && call.run.step()) {
        Items next = call.run.items();
        for (std::size_t i = 0; i < round.size() && call.run.step(); ++i) {
            const Items reached = call.run.evaluate(call.node(0), {round.view().subspan(i, 1), 0, call.scope.total});
            for (const Item& item : reached)
                if (found.add(item)) next.push_back(item);
        }
        round = std::move(next);
    }
    call.out.append(found.items());
}
// Everything goes round; what never ends runs out of steps.
void repeat_all(const Call& call) {
    Items found = call.run.items();
    for (std::size_t i = 0; i < call.input.size() && call.run.step(); ++i) call.run.evaluate_apart(call.node(0), call.on(i), found);
    for (std::size_t i = 0; i < found.size() && call.run.step(); ++i) {
        const Item item = found[i];
        call.run.evaluate_apart(call.node(0), {{&item, 1}, 0, call.scope.total}, found);
    }
    call.out.append(found);
}

void aggregate(const Call& call) {
    Items total = call.count() == 2 ? call.argument(1) : call.run.items();
    for (std::size_t i = 0; i < call.input.size() && call.run.step(); ++i)
        total = call.run.evaluate(call.node(0), {call.input.subspan(i, 1), static_cast<std::int64_t>(i), total});
    call.out.append(total);
}

void trace(const Call& call) {
    call.out.append(call.input);
    std::vector<Trace>* const traces = call.run.environment().traces;
    const auto name = call.run.string(call.argument(0));
    if (!traces || !name || traces->size() >= 10'000) return;
    Trace made{std::string(*name), {}};
    if (call.count() == 1) {
        made.items.assign(call.input.begin(), call.input.end());
    } else {
        for (std::size_t i = 0; i < call.input.size() && call.run.step(); ++i) {
            const Items shown = call.run.evaluate(call.node(1), call.on(i));
            made.items.insert(made.items.end(), shown.begin(), shown.end());
        }
    }
    traces->push_back(std::move(made));
}

void define_variable(const Call& call) {
    const auto name = call.run.string(call.argument(0));
    if (!name) return call.run.fail("defineVariable() needs a name");
    if (call.count() == 1) {
        call.run.define(*name, call.input);
    } else {
        const Items value = call.run.evaluate(call.node(1), {call.input, call.scope.index, call.scope.total});
        if (!call.run.failed()) call.run.define(*name, value);
    }
    call.out.append(call.input);
}

// Only the branch that is taken is evaluated.
void iif(const Call& call) {
    if (call.input.size() > 1) return call.run.fail("iif() needs a single item");
    const Scope scope{call.input.empty() ? call.scope.focus : call.input, call.scope.index, call.scope.total};
    const Arena::Mark mark = call.run.arena().mark();
    bool yes = false;
    {
        const Items criterion = call.run.evaluate(call.node(0), scope);
        if (criterion.size() == 1 && !criterion.front().is_node() && criterion.front().kind != Item::Kind::boolean)
            return call.run.fail("iif() needs a boolean");
        yes = call.run.truth(criterion).value_or(false);
    }
    if (call.run.failed()) return;
    if (!call.run.environment().traces) call.run.arena().rewind(mark);
    if (yes) call.run.evaluate_apart(call.node(1), scope, call.out);
    else if (call.count() == 3) call.run.evaluate_apart(call.node(2), scope, call.out);
}

// By each key in turn; what has no key stands first, in either direction, as the published tests have it.
void sort(const Call& call) {
    const std::size_t keys = std::max<std::size_t>(call.count(), 1);
    std::vector<std::optional<Item>> table;
    for (std::size_t i = 0; i < call.input.size() && call.run.step(keys); ++i)
        for (std::size_t key = 0; key < keys; ++key)
            table.push_back(call.count() == 0 ? call.run.value(call.input[i]) : call.run.single(call.run.evaluate(call.node(key), call.on(i))));
    if (call.run.failed()) return;
    std::vector<std::size_t> places(call.input.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::stable_sort(places.begin(), places.end(), [&](std::size_t left, std::size_t right) {
        for (std::size_t key = 0; key < keys && call.run.step(); ++key) {
            const auto& a = table[left * keys + key];
            const auto& b = table[right * keys + key];
            const bool descending = call.count() != 0 && call.run.instruction(call.node(key)).descending;
            if (a.has_value() != b.has_value()) return b.has_value();
            if (!a) continue;
            const auto is = order(call.run, *a, *b);
            if (is && *is != 0) return (*is < 0) != descending;
        }
        return false;
    });
    for (const std::size_t place : places) call.out.push_back(call.input[place]);
}

using Takes = Function::Takes;

constexpr Function table[] = {
    {"where", 1, 1, where, "", '=', Takes::items},
    {"select", 1, 1, select, "", '1', Takes::items},
    {"exists", 0, 1, exists, "", 'b', Takes::items},
    {"any", 0, 1, exists, "", 'b', Takes::items},
    {"all", 1, 1, all, "", 'b', Takes::items},
    {"empty", 0, 0, empty, "", 'b'},
    {"count", 0, 0, count, "", 'i'},
    {"not", 0, 0, not_, "", 'b'},
    {"allTrue", 0, 0, all_true, "", 'b'},
    {"anyTrue", 0, 0, any_true, "", 'b'},
    {"allFalse", 0, 0, all_false, "", 'b'},
    {"anyFalse", 0, 0, any_false, "", 'b'},
    {"subsetOf", 1, 1, subset_of, "", 'b'},
    {"supersetOf", 1, 1, superset_of, "", 'b'},
    {"distinct", 0, 0, distinct, "", '='},
    {"isDistinct", 0, 0, is_distinct, "", 'b'},
    {"single", 0, 0, single, "", '='},
    {"first", 0, 0, first, "", '=', Takes::order},
    {"last", 0, 0, last, "", '=', Takes::order},
    {"tail", 0, 0, tail, "", '=', Takes::order},
    {"skip", 1, 1, skip, "", '=', Takes::order},
    {"take", 1, 1, take, "", '=', Takes::order},
    {"intersect", 1, 1, intersect, "", '='},
    {"exclude", 1, 1, exclude, "", '='},
    {"union", 1, 1, union_, "", '+'},
    {"combine", 1, 2, combine, "", '+'},
    {"coalesce", 1, 100, coalesce, "", '*'},
    {"children", 0, 0, children, "", '.'},
    {"descendants", 0, 0, descendants, "", '.'},
    {"repeat", 1, 1, repeat, "", '*', Takes::items},
    {"repeatAll", 1, 1, repeat_all, "", '*', Takes::items},
    {"aggregate", 1, 2, aggregate, "", '*', Takes::items},
    {"trace", 1, 2, trace, "", '=', Takes::items},
    {"defineVariable", 1, 2, define_variable, "", '='},
    {"iif", 2, 3, iif, "", '*'},
    {"sort", 0, 10, sort, "", '=', Takes::items},
};

}  // namespace

std::span<const Function> functions_of_collections() { return table; }

}  // namespace fhir::path
