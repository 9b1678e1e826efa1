// SPDX-License-Identifier: Apache-2.0
#pragma once

// Is this text narrative that may be shown to a person (FHIR R4 2.4, txt-1 and txt-2)?
//
// One well-formed <div> in the XHTML namespace, of formatting elements and attributes only. What could act in a
// browser (scripts, events, frames, forms, addresses that run) is told apart from what is merely not allowed.
// Linear in the text.

#include "base/finding.h"

#include <optional>
#include <string>
#include <string_view>

namespace fhir::resource {

struct NarrativeProblem {
    base::IssueType type;  // security, structure (not well formed) or invariant (not allowed, empty)
    std::string text;      // names the element or attribute, never the content
    // A warning for narrative without content: against the standard, but R4's own examples hold some, and no harm.
    base::Severity severity = base::Severity::error;
};

// The first thing that is wrong with `div`, worst kind not first but in order of the text.
std::optional<NarrativeProblem> check_narrative(std::string_view div);

}  // namespace fhir::resource
