// SPDX-License-Identifier: Apache-2.0
#pragma once

// The parameters of a search URL that do not choose resources, but say how the answer looks (FHIR R4 3.1.1.5): _sort, _count,
// _include, _revinclude, _summary, _total, _elements, _contained, _containedType, and our own _explain.

#include "base/result.h"
#include "fhir/search/query.h"

#include <string>
#include <string_view>
#include <vector>

namespace fhir::search {

class Grammar;

bool is_result_parameter(std::string_view name);  // also with a modifier, such as _include:iterate

// Reads one of them into `query`. What goes into the self link goes into `shown`, which comes in as `value`.
base::Result<void> read_result_parameter(const Grammar& grammar, const std::vector<std::string>& types, std::string_view name,
                                         std::string_view value, Query& query, std::string& shown);

}  // namespace fhir::search
