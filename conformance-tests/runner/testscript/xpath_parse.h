// SPDX-License-Identifier: Apache-2.0
#pragma once

// The syntax tree of an XPath, as far as element_path.h goes (XPath 1.0 section 2 and 3).

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace runner::testscript::xpath {

struct Expression;

struct Step {
    enum class Axis { child, descendant, self, parent, attribute } axis = Axis::child;  // descendant: '//' before it; self or below
    std::string name{};                   // local name; "*": any
    std::vector<Expression> predicates;  // no initializer: Expression is not complete here
};

struct Expression {
    enum class Kind { path, text, number, call, compare, both, either, join } kind = Kind::path;
    // path
    bool absolute = false;
    std::vector<Step> steps{};
    // text: the string; call: the function's name; compare: "=", "!=", "<", "<=", ">", ">="
    std::string word{};
    double number = 0;
    std::vector<Expression> parts{};  // arguments, operands
};

// Faults: invalid, unsupported (parts of the language that are not here).
base::Result<Expression> parse(std::string_view text);

}  // namespace runner::testscript::xpath
