// SPDX-License-Identifier: Apache-2.0
#include "fhir/resource/outcome.h"

#include "fhir/codec/json.h"
#include "fhir/tree/builder.h"

namespace fhir::resource {

base::Findings findings_of(const base::Fault& fault) {
    if (!fault.findings.empty()) return fault.findings;
    return {{base::Severity::error, fault.type, fault.where, fault.text, 0, 0}};
}

Document outcome(const base::Findings& findings, const Names& names) {
    Builder build(names);
    build.resource("OperationOutcome");
    const auto issue = [&](const base::Finding& finding) {
        build.open("issue"_name, true);
        build.value("severity"_name, base::spelling(finding.severity));
        build.value("code"_name, base::spelling(finding.type));
        if (!finding.text.empty()) build.value("diagnostics"_name, finding.text);
        if (!finding.where.empty()) build.value("expression"_name, finding.where, Kind::string, true);
        build.close();
    };
    for (const base::Finding& finding : findings) issue(finding);
    if (findings.empty())
        issue({base::Severity::information, base::IssueType::informational, "", "Nothing to remark.", 0, 0});
    return std::move(build).finish();
}

std::string outcome_json(const base::Findings& findings, const Names& names) {
    return codec::to_json(outcome(findings, names).root());
}

std::string outcome_json(const base::Fault& fault, const Names& names) {
    return outcome_json(findings_of(fault), names);
}

}  // namespace fhir::resource
