// SPDX-License-Identifier: Apache-2.0
#pragma once

// The port through which everybody asks about codes: what stands beside a code in another system (FHIR R4 ConceptMap $translate,
// 4.10.5) and whether a code is right (ValueSet and CodeSystem $validate-code, 4.9.17, 4.8.14). It answers from what is here:
// packages, profiles/ and what users stored. Thread-safe; an answer is that of one moment.

#include "fhir/validate/codes.h"

#include <string>
#include <string_view>
#include <vector>

namespace terminology {

struct Coding {
    std::string system, version, code, display;
};

struct Counterpart {
    Coding coding;
    std::string equivalence;  // code of http://hl7.org/fhir/concept-map-equivalence: how wide the target is
    std::string map;          // canonical of the ConceptMap
};

// What a translation is asked for; what is empty is not asked.
struct Translating {
    std::string_view target_system;
    std::string_view target_set;  // canonical of the value set in which the target shall be
    std::string_view map;         // canonical of the one map to use
};

class Service {
public:
    virtual ~Service() = default;

    // Counterparts of every map that knows the code, each once, in the order of the maps' canonicals; unmatched and
    // disjoint ones left out. Empty when none does.
    virtual std::vector<Counterpart> translate(const Coding& code, const Translating& asked) const = 0;
    // Can there be a counterpart of some code of this system at all? Cheap: one hash.
    virtual bool translates(std::string_view system) const = 0;

    // `value_set`: canonical, may carry a version; "" asks for the system alone.
    virtual fhir::validate::CodeVerdict validate(const fhir::validate::CodedValue& value, std::string_view value_set) const = 0;
};

}  // namespace terminology
