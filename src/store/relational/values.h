// SPDX-License-Identifier: Apache-2.0
#pragma once

// What one asked value demands of an index row, as SQL. The meaning is that of fhir/search/match.h.

#include "fhir/search/query.h"
#include "store/relational/names.h"

#include <optional>
#include <string>
#include <vector>

namespace store::relational {

struct Asked {
    fhir::search::IndexKind kind = fhir::search::IndexKind::token;  // which rows are looked at
    int component = 0;
    bool keyed = false;
    std::vector<std::string> keys{};       // keyed: the row's column `code` must be equal to one of them
    std::optional<std::int64_t> system{};  // and its column `system` to this
    Sql rest{};                            // what else must hold; begins with " and "
    bool reads_all = false;                // no index helps: every row of the field is looked at
};

// Any of these must be there: of the parameter's rows with `component` (of a composite: its component's), written with `alias`.
// `earlier`: in the tables of the earlier moment.
base::Result<std::vector<Asked>> ask(const fhir::search::Parameter& parameter, const fhir::search::Value& value, fhir::search::Modifier modifier,
                                     int component, char alias, bool earlier, const Names& names);

// The kind of rows that tell that a parameter has a value; none for composites.
std::optional<fhir::search::IndexKind> own_kind(const fhir::search::Parameter& parameter);

// [from, to) against a value's [start, stop) (FHIR R4 3.1.1.4.7), as one side of `stop` where that is possible: the keys
// stand in its order. What is said about the start is said about the stop as well, for nothing stops before it starts.
// For values that all last equally long the stop is the column of the start, and `length` tells the difference.
Sql interval(fhir::search::Prefix prefix, const std::string& start, const std::string& stop, base::Micros from, base::Micros to,
             base::Micros length = 0);

}  // namespace store::relational
