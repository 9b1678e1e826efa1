// SPDX-License-Identifier: Apache-2.0
#pragma once

// Does a resource have the shape that the definitions give it?
//
// Checked: known elements, cardinality, list or single, one form of a choice, kinds and formats of primitives,
// codes of required bindings, nothing empty, resource types, contained resources (none inside another, each with
// an id of its own and referred to: dom-2, dom-3), extensions with a value or extensions but not both, and narrative
// (narrative.h). Not checked: profiles, invariants, what references point to. A pure walk; three small
// stacks are all that it allocates while nothing is found.

#include "base/finding.h"
#include "fhir/schema/schema.h"
#include "fhir/tree/view.h"

#include <cstddef>

namespace fhir::validate {

inline constexpr std::size_t most_findings = 100;

// Everything that is wrong, in document order, each with its FHIRPath ("Patient.name[0].family"); after
// `most_findings` one last Finding says that there is more. Empty: well shaped.
base::Findings check_structure(View resource, const schema::Schema& schema);

}  // namespace fhir::validate
