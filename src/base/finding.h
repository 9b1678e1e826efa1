// SPDX-License-Identifier: Apache-2.0
#pragma once

// A Finding is one remark about data: what is imperfect, how bad it is, and where.
//
// Findings are collected beside a result and never stop anything by themselves; whoever reads them
// decides. Doors turn them into OperationOutcome.issue (FHIR R4 2.30) or ERR segments.
// `text` is for the sender and for an administrator at night. It never holds patient data.

#include <string>
#include <vector>

namespace base {

// OperationOutcome.issue.severity, worst first.
enum class Severity { fatal, error, warning, information };

// The issue types of FHIR R4 (ValueSet issue-type) that we use, spelled as the standard spells them
// with '-' written '_'.
enum class IssueType {
    structure, required, value, invariant, security, login, forbidden, expired, processing, not_supported,
    duplicate, multiple_matches, not_found, deleted, too_long, code_invalid, extension, too_costly,
    business_rule, conflict, transient, no_store, exception, timeout, incomplete, throttled, informational
};

struct Finding {
    Severity severity = Severity::error;
    IssueType type = IssueType::invariant;
    std::string where;  // FHIRPath of the element ("Patient.name[0].family") or another location; may be empty
    std::string text;   // what is wrong and what to change
    int line = 0;       // 1-based position in the source text; 0 = not known
    int column = 0;
};

using Findings = std::vector<Finding>;

// "error", "warning" ...; "structure", "not-supported" ... as FHIR spells them.
const char* spelling(Severity severity);
const char* spelling(IssueType type);

// True when something in `findings` is an error or worse.
bool any_error(const Findings& findings);

}  // namespace base
