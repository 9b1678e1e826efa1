// SPDX-License-Identifier: Apache-2.0
#pragma once

// The prefixes and unit atoms of UCUM, read from ucum.tsv (made by profiles/pack_units.cpp) with their definitions followed down to the
// base units. Lines: kind, code, flags, value, unit, function, name, separated by tabs; kinds are prefix, base and unit.

#include "base/result.h"
#include "fhir/ucum/scale.h"

#include <string>
#include <string_view>
#include <unordered_map>

namespace fhir::ucum {

struct Prefix {
    Ratio factor;
    std::string name;
};

struct Atom {
    Scale scale;
    bool metric = false;  // may carry a prefix
    std::string name;
};

class Table {
public:
    // Fault (malformed) when the text is not such a table, or a unit in it cannot be followed down.
    static base::Result<Table> parse(std::string_view text);

    const Prefix* prefix(std::string_view code) const;
    const Atom* atom(std::string_view code) const;
    // A code that the writer may have meant: in brackets, or in other case. Empty when there is none.
    std::string_view similar(std::string_view code) const;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    template <class T>
    using Codes = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

    struct Definition;
    base::Result<void> resolve(std::vector<Definition> open);
    base::Result<void> define(const Definition& definition, Atom& atom);

    Codes<Prefix> prefixes_;
    Codes<Atom> atoms_;  // nodes stay where they are: dimensions borrow the codes
};

}  // namespace fhir::ucum
