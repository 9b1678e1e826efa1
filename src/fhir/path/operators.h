// SPDX-License-Identifier: Apache-2.0
#pragma once

// What '=', '<', '+', 'in' and their kin do (FHIRPath 6). Nothing = the empty collection.

#include "fhir/path/run.h"

#include <compare>

namespace fhir::path {

std::optional<bool> equal(Run& run, std::span<const Item> a, std::span<const Item> b);
std::optional<bool> equal(Run& run, const Item& a, const Item& b);
bool equivalent(Run& run, std::span<const Item> a, std::span<const Item> b);
bool equivalent(Run& run, const Item& a, const Item& b);

// `a` before, at or behind `b`; fails when they cannot be compared at all.
std::optional<std::strong_ordering> order(Run& run, const Item& a, const Item& b);

std::optional<Item> arithmetic(Run& run, Operator op, const Item& a, const Item& b);
std::optional<bool> logic(Operator op, std::optional<bool> a, std::optional<bool> b);

// Does `items` hold something equal to `item`?
bool holds(Run& run, std::span<const Item> items, const Item& item);

// For both, the operands are evaluated already: + - * / div mod &, and those that give a boolean.
void calculate(Run& run, Operator op, std::span<const Item> a, std::span<const Item> b, Items& out);
std::optional<bool> compared(Run& run, Operator op, std::span<const Item> a, std::span<const Item> b);

// Without duplicates, in order of their first appearance. About linear for elements and texts, whatever their number.
void append_distinct(Run& run, std::span<const Item> items, Items& out);
void append_union(Run& run, std::span<const Item> a, std::span<const Item> b, Items& out);

}  // namespace fhir::path
