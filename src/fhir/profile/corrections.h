// SPDX-License-Identifier: Apache-2.0
#pragma once

// Invariants that R4 published wrong, and what they mean: each was corrected in a later version of the standard, or says
// something else than its own words. A row goes when a published correction reaches the definitions.

#include <string_view>

namespace fhir::profile {

// The expression to evaluate instead, or the same one. The result lives for ever, or as long as `expression`.
std::string_view corrected(std::string_view expression);

}  // namespace fhir::profile
