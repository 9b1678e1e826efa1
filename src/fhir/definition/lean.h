// SPDX-License-Identifier: Apache-2.0
#pragma once

// A definition without what only people read: a quarter of the text or less, and as much faster to parse.
//
// Gone are the narrative and the publisher's words, mappings, and of each ElementDefinition its definition, comment,
// requirements, alias, example and the like; the differential where there is a snapshot. What decides whether
// data are right stays: constraints, bindings, slicing, types, cardinality, fixed and pattern values, flags, `short`, and all extensions.

#include "fhir/tree/view.h"

#include <string>

namespace fhir::definition {

std::string lean_json(View definition);

}  // namespace fhir::definition
