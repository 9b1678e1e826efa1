// SPDX-License-Identifier: Apache-2.0
#pragma once

// The functions of FHIRPath: one table, name -> function and number of arguments, put together from the families
// (functions_*.cpp). A new function is one row.

#include "fhir/path/run.h"

#include <span>

namespace fhir::path {

struct Call {
    Run& run;
    const Collection& input;
    const std::vector<NodeIndex>& parts;  // of the whole call; arguments begin at `first`
    std::size_t first;
    const Scope& scope;
    Collection& out;
    const Instruction& code;

    std::size_t count() const { return parts.size() - first; }
    NodeIndex node(std::size_t number) const { return parts[first + number]; }
    // The argument as a value: its names apply to what $this is outside of the call.
    Collection argument(std::size_t number) const { return run.evaluate(node(number), scope); }
    void give(bool value) const { out.push_back(Item::of_bool(value)); }
    void give(std::string text) const { out.push_back(Item::of_text(Item::Kind::string, std::move(text))); }
    void give_integer(std::int64_t value) const { out.push_back(Item::of_integer(value)); }
};

struct Function {
    std::string_view name;
    std::size_t least;  // arguments
    std::size_t most;
    void (*run)(const Call&);
    bool takes_type = false;  // the first argument names a type
};

std::span<const Function> functions_of_collections();  // where, select, first, count, distinct ...
std::span<const Function> functions_of_text();         // startsWith, replace, length ...
std::span<const Function> functions_of_values();       // toInteger, abs, today, iif ...
std::span<const Function> functions_of_fhir();         // extension, resolve, hasValue, ofType ...

const Function* find_function(std::string_view name);

}  // namespace fhir::path
