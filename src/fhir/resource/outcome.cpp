// SPDX-License-Identifier: Apache-2.0
#include "fhir/resource/outcome.h"

#include "base/text.h"
#include "fhir/codec/json.h"
#include "fhir/tree/builder.h"

namespace fhir::resource {

base::Findings findings_of(const base::Fault& fault) {
    if (!fault.findings.empty()) return fault.findings;
    return {{base::Severity::error, fault.type, fault.where, fault.text, 0, 0}};
}

namespace {

// What a remark repeats of what was sent may hold what no string of FHIR can (FHIR R4 2.24.0.1) and XML cannot even spell.
std::string shown(std::string_view text) {
    std::string made(text);
    const bool utf8 = base::valid_utf8(text);
    for (char& c : made) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte < ' ' && c != '\t' && c != '\n' && c != '\r') || (byte > 0x7F && !utf8)) c = '?';
    }
    return made;
}

}  // namespace

Document outcome(const base::Findings& findings, const Names& names) {
    Builder build(names);
    build.resource("OperationOutcome");
    const auto position = [&](const char* what, int number) {
        build.open("extension"_name, true);
        build.value("url"_name, std::string("http://hl7.org/fhir/StructureDefinition/operationoutcome-issue-") + what);
        build.number("valueInteger"_name, number);
        build.close();
    };
    const auto issue = [&](const base::Finding& finding) {
        build.open("issue"_name, true);
        if (finding.line > 0) {
            position("line", finding.line);
            position("col", finding.column);
        }
        build.value("severity"_name, base::spelling(finding.severity));
        build.value("code"_name, base::spelling(finding.type));
        if (!finding.text.empty()) {
            build.open("details"_name);
            build.value("text"_name, shown(finding.text));
            build.close();
            build.value("diagnostics"_name, shown(finding.text));
        }
        if (finding.line > 0)
            build.value("location"_name, "line " + std::to_string(finding.line) + " column " + std::to_string(finding.column),
                        Kind::string, true);
        if (!finding.where.empty()) build.value("expression"_name, shown(finding.where), Kind::string, true);
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
