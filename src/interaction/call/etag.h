// SPDX-License-Identifier: Apache-2.0
#pragma once

// Conditions on versions (FHIR R4 3.1.0.5, 3.1.0.2.1; RFC 9110 13.1): the raw texts of If-Match and If-None-Match. Versions are
// compared weakly, as FHIR's ETags are weak. Linear in the text; nothing is allocated.

#include <cstdint>
#include <string_view>

namespace interaction {

// True when `condition` is "*" or lists `tag`: as W/"tag" or "tag", and also without quotes, as many clients write it. A
// comma inside quotes belongs to the tag. An empty condition names nothing.
bool names_tag(std::string_view condition, std::string_view tag);

// The same for a version, whose tag is its number.
bool names_version(std::string_view condition, std::int64_t version);

}  // namespace interaction
