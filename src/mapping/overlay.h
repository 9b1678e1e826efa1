// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a site's files change about the maps that are delivered.

#include "mapping/table.h"

#include <vector>

namespace mapping {

// `texts` in loading order: a later map of a known name changes the earlier one row by row (table.h).
std::vector<MapText> overlay(std::vector<MapText> texts);

}  // namespace mapping
