// SPDX-License-Identifier: Apache-2.0
#pragma once

// The form in which strings are compared (FHIR R4 3.1.1.4.8).

#include <string>
#include <string_view>

namespace fhir::search {

// Without case, accents and punctuation, white space made one: "O'Brien,  Ann" is "obrien ann". Text that is nothing but
// punctuation keeps it.
std::string string_key(std::string_view text);

}  // namespace fhir::search
