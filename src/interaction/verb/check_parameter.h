// SPDX-License-Identifier: Apache-2.0
#pragma once

// A SearchParameter that is active is searched from the moment it is stored: what cannot be searched is not stored.

#include "interaction/call/context.h"

namespace interaction {

// Errors and warnings of fhir/search/examine.h.
base::Findings check_parameter(fhir::View body, const Context& context);

}  // namespace interaction
