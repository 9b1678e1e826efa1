// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a message says, laid over what is stored. v2 sends what it has and leaves out the rest (HL7 v2 2.5.3):
//   - an element that was not sent stays;
//   - an element that was sent replaces the stored one; of a list whose items have a use (name, address, telecom) only the
//     items of the same use, of people who take part those of the same role; identifiers, extensions, links and lists of references are joined, an extension by its url;
//     places that a patient left stay with the visit;
//   - an element that was deleted goes, unless the message also brings a new one;
//   - an element that says only why nothing is known (data-absent-reason, or a status of "unknown") takes the place of nothing that is
//     known;
//   - of elements that several fields fill, each on its own (a period, a stay, a collection), the parts that were not sent stay;
//   - that it was told by mistake (verificationStatus) goes when it is told again with a clinicalStatus;
//   - `assumed` elements stay as they are stored when the first of them is known to be otherwise (one of parts: when it is known). What was
//     planned may have begun, and what was not known may be known now: these give way.
// The resource's type and id are the incoming ones; stored meta stays where the message has none. Linear, but for
// lists that are joined: there it is items times items.

#include "fhir/tree/document.h"
#include "mapping/translation.h"

#include <string>
#include <string_view>
#include <vector>

namespace mapping {

// Is the element one that several fields of v2 fill, each on its own?
bool merged_by_parts(std::string_view element);

// `existing` may be a false View: then it is a copy of `incoming`.
fhir::Document merge(fhir::View existing, fhir::View incoming, const std::vector<Deleted>& deleted, const std::vector<std::string>& assumed = {});

}  // namespace mapping
