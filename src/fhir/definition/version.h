// SPDX-License-Identifier: Apache-2.0
#pragma once

// Business versions of definitions, put in order. FHIR leaves their form open (R4 5.3.5, StructureDefinition.version);
// in use are semantic versions, with or without a label, and dates.

#include <compare>
#include <string_view>
#include <utility>

namespace fhir::definition {

// Numbers count as numbers (2.0.10 > 2.0.9), a label comes before the release (5.3.0-ballot < 5.3.0), a date before
// any number (publishers went from dates to numbers), and none before all. Equal only when the texts are.
std::strong_ordering compare_versions(std::string_view a, std::string_view b);

// "4.0" covers "4.0", "4.0.1" and "4.0.1-ballot", but neither "4.01" nor "4.1".
bool covers(std::string_view partial, std::string_view version);

// "url|version#fragment" -> url, version; either may be empty.
std::pair<std::string_view, std::string_view> cut_canonical(std::string_view canonical);

}  // namespace fhir::definition
