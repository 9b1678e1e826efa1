// SPDX-License-Identifier: Apache-2.0
#pragma once

// Code systems that need no resource: they are a grammar (UCUM, language tags, MIME types, URIs), a small table that
// changes once a year (countries, currencies), or somebody's licensed content whose codes can at least be recognised as
// mistyped (SNOMED CT and LOINC have check digits).
//
// Three answers: "yes" and "no" are sure; "unknown" is what well-formed SNOMED CT and LOINC codes get, since their content
// is not here.

#include "fhir/ucum/units.h"
#include "fhir/validate/codes.h"
#include "terminology/code_system.h"

#include <memory>
#include <string>
#include <string_view>

namespace terminology {

using fhir::validate::Answer;

struct Ruling {
    Answer known = Answer::unknown;
    std::string why{};  // for people, when the answer is no
};

class BuiltIn {
public:
    using Grammar = Ruling (*)(std::string_view code, const fhir::ucum::Units* units);

    std::string_view system;
    Grammar grammar;           // never null
    bool decides;              // it says yes and no, never only "well formed"
    const CodeSystem* table;   // its codes, when they can be listed; else nullptr
};

// nullptr when there is none for this URL.
const BuiltIn* built_in(std::string_view system);

}  // namespace terminology
