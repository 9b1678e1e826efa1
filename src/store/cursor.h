// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where a page ended: the sort values of its last entry and the entry's rank in the order of creation. A cursor names a
// place between values and not a row number, so pages neither overlap nor leave gaps, whatever is written meanwhile.

#include "base/result.h"
#include "fhir/search/match.h"

#include <cstdint>
#include <string>
#include <vector>

namespace store {

struct Cursor {
    std::vector<fhir::search::SortValue> values;  // one a sort key
    std::int64_t rank = 0;
};

std::string encode(const Cursor& cursor);
// Fault (malformed) when the text is not a cursor for `keys` sort keys.
base::Result<Cursor> decode_cursor(const std::string& text, std::size_t keys);

}  // namespace store
