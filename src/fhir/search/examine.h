// SPDX-License-Identifier: Apache-2.0
#pragma once

// Would a SearchParameter be searched as its author means it? What is asked before it is stored: FHIR itself says little about
// what its fields mean together.

#include "fhir/search/parameter.h"

namespace fhir::search {

// Errors: it cannot be searched (no expression, or one that does not parse, reads nothing of its bases, or gives what its type
// cannot be made of; components that are not known; a code that no address can name). Warnings: it can, but not everywhere or not as
// said. `known`: the generation it would join. Nothing is said about what is not active.
base::Findings examine(const StoredParameter& parameter, const schema::Schema& schema, const Parameters& known);

}  // namespace fhir::search
