// SPDX-License-Identifier: Apache-2.0
#pragma once

// Invariants that were published with a mistake, and what they were meant to say. R4's own text of some invariants is false on
// data that it allows: `fullUrl.contains('/_history/').not()` is empty, so not true, where there is no fullUrl.

#include <string_view>

namespace fhir::path {

// The expression itself when nothing is wrong with it; lives as long as `expression`, or for ever.
std::string_view corrected(std::string_view expression);

}  // namespace fhir::path
