// SPDX-License-Identifier: Apache-2.0
#pragma once

// The codes of a value set as a list (FHIR R4 ValueSet $expand, 4.9.19): flat, in the order of the includes and of the code
// systems, each code once, page by page.

#include "base/result.h"
#include "terminology/language_choice.h"
#include "terminology/value_set.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace terminology {

struct ExpandQuestion {
    std::string filter{};               // words; each must begin a word of the display, or the code
    std::size_t offset = 0;
    std::optional<std::size_t> count{}; // of the page; nothing: all
    bool active_only = false;
    std::size_t most = 20'000;          // codes without paging; more is a fault (too_costly)
};

struct Expanded {
    std::string_view system, version, code;
    const CodeSystem* table = nullptr;       // and its row there; null when the system is not here
    ConceptId id = no_concept;
    const CodeList::Entry* entry = nullptr;  // what the value set itself says of it
    std::string_view set_language;
    bool inactive = false;
    bool abstract = false;
};

struct Expansion {
    std::vector<Expanded> codes;          // one page; valid as long as the value set
    std::size_t total = 0;                // of all pages
    std::vector<std::string> systems;     // "url|version" of what was used
    std::vector<std::string> value_sets;
    std::vector<std::string> supplements;
    bool partial = false;                 // a code system is a fragment, or an expansion was not whole
};

// Fault: unsupported, when codes cannot be listed (a grammar such as UCUM, content that is not here); invalid, when a
// filter makes no sense; missing, when a value set that it includes is not known; too_costly.
base::Result<Expansion> expand(const ValueSet& set, const ExpandQuestion& question, const fhir::ucum::Units* units);

}  // namespace terminology
