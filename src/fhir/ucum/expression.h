// SPDX-License-Identifier: Apache-2.0
#pragma once

// A unit code parsed by UCUM's grammar (section 2): linear in its length, codes of at most 512 characters, parentheses at most 32 deep.

#include "base/result.h"
#include "fhir/ucum/table.h"

#include <string_view>
#include <vector>

namespace fhir::ucum {

struct Component {
    bool divides = false;            // stands behind a solidus
    Natural number{1};               // when there is neither an atom nor anything inside
    const Prefix* prefix = nullptr;  // of the atom, or null
    const Atom* atom = nullptr;
    int exponent = 1;                // of the atom
    std::vector<Component> inside;   // of parentheses
    bool annotation = false;         // {text} alone
};
using Expression = std::vector<Component>;

// "" is the unity. Fault (invalid) that says what is wrong.
base::Result<Expression> parse(std::string_view code, const Table& table);

Scale scale_of(const Expression& expression);

// "(milligram) / (deciliter)"
std::string describe(const Expression& expression);

}  // namespace fhir::ucum
