// SPDX-License-Identifier: Apache-2.0
#pragma once

// Language tags (BCP 47, RFC 5646): language, script, region, variants, extensions, private use. Sure about tags whose
// language has two letters or stands in ISO 639-2; the thousands of rarer three-letter languages are "unknown".

#include "fhir/validate/codes.h"

#include <string>
#include <string_view>

namespace terminology {

struct Ruling;

Ruling check_language_tag(std::string_view tag);

// "German (Switzerland)"; empty when the language is not known by name.
std::string language_name(std::string_view tag);

}  // namespace terminology
