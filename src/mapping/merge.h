// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a message says, laid over what is stored. v2 sends what it has and leaves out the rest (HL7 v2 2.5.3):
//   - an element that was not sent stays;
//   - an element that was sent replaces the stored one; of a list whose items have a use (name, address, telecom) only the
//     items of the same use; identifiers, extensions, links and lists of references are joined, an extension by its url;
//     places that a patient left stay with the visit;
//   - an element that was deleted goes, unless the message also brings a new one;
//   - an element that says only why nothing is known (data-absent-reason) takes the place of nothing that is known.
// The resource's type and id are the incoming ones; stored meta stays where the message has none. Linear, but for
// lists that are joined: there it is items times items.

#include "fhir/tree/document.h"
#include "mapping/translation.h"

#include <vector>

namespace mapping {

// `existing` may be a false View: then it is a copy of `incoming`.
fhir::Document merge(fhir::View existing, fhir::View incoming, const std::vector<Deleted>& deleted);

}  // namespace mapping
