// SPDX-License-Identifier: Apache-2.0
#pragma once

// A parsed FHIRPath expression: nodes in one vector, children by number, each with its place in the text.

#include <cstdint>
#include <string>
#include <vector>

namespace fhir::path {

enum class Form : std::uint8_t {
    // Literals: `text` without quotes and '@', escapes resolved.
    empty, boolean, string, integer, long_integer, decimal, date, date_time, time, quantity,
    this_item, index, total,  // $this, $index, $total
    constant,                 // %name
    member,                   // parts: [] or [of what]; text = name
    call,                     // parts: arguments; with `has_focus` the first part is what it is called on
    item_at,                  // parts: collection, index
    unary,                    // parts: operand
    binary,                   // parts: left, right
    type_test                 // `is` and `as`: parts: operand; text = type
};

enum class Operator : std::uint8_t {
    none, plus, minus, times, divide, div, mod, join, union_, less, greater, less_equal, greater_equal, equal, equivalent,
    not_equal, not_equivalent, in, contains, and_, or_, xor_, implies, is, as
};

using NodeIndex = std::uint32_t;

// Where in an expression: both from 1, columns in bytes.
struct Place {
    std::uint32_t line = 1;
    std::uint32_t column = 1;
};
std::string spelled(Place place);  // "line 2, column 9"

struct SyntaxNode {
    Form form = Form::empty;
    Operator op = Operator::none;
    bool has_focus = false;     // member, call: written behind a dot
    bool descending = false;    // an argument of sort(): the largest first
    Place place{};              // in the text
    std::uint32_t height = 1;   // of the tree below
    std::string text{};
    std::string unit{};         // quantity
    std::vector<NodeIndex> parts{};
};

struct Syntax {
    std::vector<SyntaxNode> nodes;
    NodeIndex root = 0;
};

}  // namespace fhir::path
