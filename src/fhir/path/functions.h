// SPDX-License-Identifier: Apache-2.0
#pragma once

// The functions of FHIRPath: one table, name -> function, number of arguments and types, put together from the families
// (functions_*.cpp). A new function is one row.

#include "fhir/path/run.h"

#include <span>

namespace fhir::path {

struct Call {
    Run& run;
    std::span<const Item> input;
    const std::vector<NodeIndex>& parts;  // of the whole call; arguments begin at `first`
    std::size_t first;
    const Scope& scope;
    Items& out;
    const Instruction& code;

    std::size_t count() const { return parts.size() - first; }
    NodeIndex node(std::size_t number) const { return parts[first + number]; }
    // The argument as a value: its names apply to what $this is outside of the call.
    Items argument(std::size_t number) const { return run.evaluate(node(number), scope); }
    // For `where` and its kin: the argument with one item of the input as $this.
    Scope on(std::size_t item) const { return {input.subspan(item, 1), static_cast<std::int64_t>(item), scope.total}; }

    void give(bool value) const { out.push_back(Item::of_bool(value)); }
    void give(const std::optional<Item>& item) const {
        if (item) out.push_back(*item);
    }
    void give_integer(std::int64_t value) const { out.push_back(Item::of_integer(value)); }
    // Text that lives long enough already, and text that does not.
    void give_view(std::string_view text) const { out.push_back(Item::of_text(Item::Kind::string, text)); }
    void give_copy(std::string_view text) const {
        if (run.room(text.size())) out.push_back(run.string_item(text));
    }
};

// What strict compiling knows of a function.
//
// `input`: the kinds that its single input item may have, empty when it takes any collection: s string, b boolean, i integer,
// n integer or decimal, q quantity, d date, t dateTime, h time, c any complex element, x an Extension.
// `gives`: the kind of its result, with the same letters (n: decimal), or = the input's items, * unknown, T the type it names,
// 1 what its first argument gives, + input and first argument, - the input without its order, . children of the input.
struct Function {
    std::string_view name;
    std::size_t least;  // arguments
    std::size_t most;
    void (*run)(const Call&);
    std::string_view input;
    char gives;
    // `type`: the first argument names a type; `items`: arguments are evaluated on each item of the input; `order`: of a
    // collection without order this is chance.
    enum class Takes : std::uint8_t { values, type, items, order } takes = Takes::values;
};

std::span<const Function> functions_of_collections();  // where, select, first, count, distinct ...
std::span<const Function> functions_of_conversion();   // toInteger, convertsToDate ...
std::span<const Function> functions_of_encoding();     // encode, escape ...
std::span<const Function> functions_of_fhir();         // extension, resolve, memberOf ...
std::span<const Function> functions_of_math();         // abs, round, sum ...
std::span<const Function> functions_of_text();         // startsWith, replace, matches ...
std::span<const Function> functions_of_time();         // now, yearOf, lowBoundary ...
std::span<const Function> functions_of_types();        // is, ofType, type ...

const Function* find_function(std::string_view name);

}  // namespace fhir::path
