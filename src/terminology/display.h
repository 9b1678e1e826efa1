// SPDX-License-Identifier: Apache-2.0
#pragma once

// Displays of a code: which are valid, and does one that was sent match? Upper and lower case and the amount of white
// space do not count; designations in any language do.

#include "terminology/language_choice.h"

#include <string>
#include <string_view>

namespace terminology {

bool same_display(std::string_view a, std::string_view b);

// `id` may be no_concept, `entry` null. "unknown" when no display is known, or none that the owner of the code wrote. Names in
// languages that were not asked for do not count, unless there are no others.
Answer display_fits(std::string_view sent, const CodeSystem* table, ConceptId id, const CodeList::Entry* entry,
                    const LanguageChoice& languages = {});

// "'Glucose' (en), 'Glukose' (de)": at most `most` of them.
std::string valid_displays(const CodeSystem* table, ConceptId id, const CodeList::Entry* entry, const LanguageChoice& languages = {},
                           std::size_t most = 6);

}  // namespace terminology
