// SPDX-License-Identifier: Apache-2.0
#pragma once

// By which key a token is looked up (FHIR R4 3.1.1.4.10), so that one comparison of bytes decides.
//
// Codes are found whatever their case: "FINAL" is "final". Identifiers, and strings, ids and uris that are searched as tokens, are not:
// "a1" and "A1" are two patients. Which of the two a parameter's values are is known from its expression (Parameter::letter_case). Where
// both may be, keys of the second kind begin with a byte that no text of FHIR has.

#include "fhir/search/parameter.h"

#include <string>
#include <string_view>
#include <vector>

namespace fhir::search {

// The key of a value; `exact`: of those whose case counts.
std::string token_key(LetterCase of_parameter, bool exact, std::string_view code);

// The keys that fit what was asked: one, or two.
std::vector<std::string> token_keys(const Parameter& parameter, std::string_view asked);

// True when `key`, made by token_key(), is one of them; without making them.
bool is_token_key(const Parameter& parameter, std::string_view asked, std::string_view key);

// :of-type: "MR" and "0123a" are "mr|0123a".
std::string of_type_key(std::string_view type_code, std::string_view value);

}  // namespace fhir::search
