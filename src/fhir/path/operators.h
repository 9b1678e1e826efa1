// SPDX-License-Identifier: Apache-2.0
#pragma once

// What '=', '<', '+', 'in' and their kin do (FHIRPath 6). Nothing = the empty collection.

#include "fhir/path/run.h"

namespace fhir::path {

std::optional<bool> equal(Run& run, const Collection& a, const Collection& b);
std::optional<bool> equal(Run& run, const Item& a, const Item& b);
bool equivalent(Run& run, const Collection& a, const Collection& b);
bool equivalent(Run& run, const Item& a, const Item& b);

// `a` before, at or behind `b`; fails when they cannot be compared at all.
std::optional<std::strong_ordering> order(Run& run, const Item& a, const Item& b);

std::optional<Item> arithmetic(Run& run, Operator op, const Item& a, const Item& b);
std::optional<bool> logic(Operator op, std::optional<bool> a, std::optional<bool> b);

// Does `items` hold something equal to `item`?
bool holds(Run& run, const Collection& items, const Item& item);
void append_distinct(Run& run, const Collection& from, Collection& to);

// Both sides are evaluated already.
void apply(Run& run, Operator op, const Collection& a, const Collection& b, Collection& out);

}  // namespace fhir::path
