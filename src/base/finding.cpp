// SPDX-License-Identifier: Apache-2.0
#include "base/finding.h"

#include <algorithm>

namespace base {

const char* spelling(Severity severity) {
    switch (severity) {
        case Severity::fatal: return "fatal";
        case Severity::error: return "error";
        case Severity::warning: return "warning";
        case Severity::information: return "information";
    }
    return "error";
}

const char* spelling(IssueType type) {
    switch (type) {
        case IssueType::structure: return "structure";
        case IssueType::required: return "required";
        case IssueType::value: return "value";
        case IssueType::invariant: return "invariant";
        case IssueType::security: return "security";
        case IssueType::login: return "login";
        case IssueType::forbidden: return "forbidden";
        case IssueType::expired: return "expired";
        case IssueType::processing: return "processing";
        case IssueType::not_supported: return "not-supported";
        case IssueType::duplicate: return "duplicate";
        case IssueType::multiple_matches: return "multiple-matches";
        case IssueType::not_found: return "not-found";
        case IssueType::deleted: return "deleted";
        case IssueType::too_long: return "too-long";
        case IssueType::code_invalid: return "code-invalid";
        case IssueType::extension: return "extension";
        case IssueType::too_costly: return "too-costly";
        case IssueType::business_rule: return "business-rule";
        case IssueType::conflict: return "conflict";
        case IssueType::transient: return "transient";
        case IssueType::no_store: return "no-store";
        case IssueType::exception: return "exception";
        case IssueType::timeout: return "timeout";
        case IssueType::incomplete: return "incomplete";
        case IssueType::throttled: return "throttled";
        case IssueType::informational: return "informational";
    }
    return "processing";
}

bool any_error(const Findings& findings) {
    return std::any_of(findings.begin(), findings.end(),
                       [](const Finding& finding) { return finding.severity <= Severity::error; });
}

}  // namespace base
