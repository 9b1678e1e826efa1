// SPDX-License-Identifier: Apache-2.0
#pragma once

// Findings and Faults as an OperationOutcome (FHIR R4 2.30): an issue each; `text` becomes details.text and diagnostics,
// `where` becomes expression, line and column become location and the extensions of the specification. No findings: one
// informational issue, as an issue is mandatory.

#include "base/result.h"
#include "fhir/tree/document.h"

#include <string>

namespace fhir::resource {

// What a Fault says, as findings: its own list when it has one, else one error made of its text.
base::Findings findings_of(const base::Fault& fault);

Document outcome(const base::Findings& findings, const Names& names);
std::string outcome_json(const base::Findings& findings, const Names& names);
std::string outcome_json(const base::Fault& fault, const Names& names);

}  // namespace fhir::resource
