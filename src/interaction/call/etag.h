// SPDX-License-Identifier: Apache-2.0
#pragma once

// Version conditions (FHIR R4 3.1.0.5, 3.1.0.2.1): the raw texts of If-Match and If-None-Match.

#include <cstdint>
#include <string_view>

namespace interaction {

// True when `condition` is "*" or lists `version` as W/"3", "3" or 3. An empty condition matches nothing.
bool names_version(std::string_view condition, std::int64_t version);

}  // namespace interaction
