// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a site's files change about the maps that are delivered.

#include "mapping/table.h"

#include <vector>

namespace mapping {

// `texts` in loading order: a later map of a known name changes the earlier one row by row (table.h).
std::vector<MapText> overlay(std::vector<MapText> texts);

// Notes at `row` and those below it that `file` wrote them; what is noted already stays.
void name_file(RowText& row, const std::string& file);

}  // namespace mapping
