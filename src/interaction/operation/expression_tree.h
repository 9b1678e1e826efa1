// SPDX-License-Identifier: Apache-2.0
#pragma once

// A FHIRPath expression as the tree that the FHIRPath Lab shows: JSON with ExpressionType, Name, Arguments, Line and Column.

#include "fhir/path/syntax.h"
#include "fhir/tree/names.h"

#include <string>

namespace interaction {

std::string expression_tree(const fhir::path::Syntax& syntax, const fhir::Names& names);

}  // namespace interaction
