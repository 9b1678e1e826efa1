// SPDX-License-Identifier: Apache-2.0
#pragma once

// One filter of a value set (ValueSet.compose.include.filter, FHIR R4 4.9.9 and ValueSet filter-operator): which concepts
// of a code system does it let through? Compiled against the table it will be asked about; asking allocates nothing.

#include "terminology/built_in.h"
#include "terminology/code_system.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace terminology {

class Filter {
public:
    enum class Operator : std::uint8_t {
        equal, is_a, descendent_of, is_not_a, regex, in, not_in, generalizes, exists, child_of, descendent_leaf, other
    };

    // `table` may be null: then nothing can be told from the codes but what passes_without() says.
    Filter(std::string_view property, std::string_view op, std::string_view value, const CodeSystem* table);

    // `table`: the one it was compiled against.
    Answer passes(const CodeSystem& table, ConceptId id) const;
    // The same filter for another version of the system.
    Filter compiled_for(const CodeSystem& table) const { return {property_, spelling_, value_, &table}; }
    // For systems whose content is not here: a code is itself (is-a), and UCUM knows what has the same dimension.
    Answer passes_without(std::string_view code, const fhir::ucum::Units* units) const;

    // True when it is the author of the filter who says that there is such a code.
    bool names(std::string_view code) const;

    const std::string& property() const { return property_; }
    const std::string& value() const { return value_; }
    // What is wrong with the filter itself: an unknown property or operator; empty when nothing is.
    const std::string& broken() const { return broken_; }

private:
    enum class Subject : std::uint8_t { code, display, definition, parent, child, inactive, abstract, property };

    bool any_value(const CodeSystem& table, ConceptId id, const std::function<bool(std::string_view)>& test) const;
    bool wanted(std::string_view value) const;

    std::string property_, spelling_;
    Operator operator_ = Operator::other;
    std::string value_;
    std::vector<std::string> values_;      // of in and not-in
    Subject subject_ = Subject::property;
    std::uint32_t definition_ = 0;         // of the property, in the table
    ConceptId anchor_ = no_concept;        // the concept that value_ names
    std::function<bool(std::string_view)> pattern_;
    std::string broken_;
};

}  // namespace terminology
