// SPDX-License-Identifier: Apache-2.0
#include "exchange/account.h"

#include "base/character.h"
#include "fhir/codec/json.h"

#include <fmt/format.h>

#include <algorithm>

namespace exchange {

namespace {

// Kept in the journal: a word never changes.
const char* word(base::Fault::Kind kind) {
    using Kind = base::Fault::Kind;
    switch (kind) {
        case Kind::malformed: return "malformed";
        case Kind::invalid: return "invalid";
        case Kind::unsupported: return "unsupported";
        case Kind::unknown: return "unknown";
        case Kind::denied: return "denied";
        case Kind::missing: return "missing";
        case Kind::gone: return "gone";
        case Kind::stale: return "stale";
        case Kind::ambiguous: return "ambiguous";
        case Kind::conflict: return "conflict";
        case Kind::too_large: return "too-large";
        case Kind::too_costly: return "too-costly";
        case Kind::unavailable: return "unavailable";
        case Kind::bug: return "bug";
    }
    return "";
}

std::string_view bounded(std::string_view text) { return base::beginning(text, longest_remark); }

void member(std::string& out, const char* name, std::string_view text) {
    if (text.empty()) return;
    if (out.back() != '{') out += ',';
    out += fmt::format("\"{}\":", name);
    fhir::codec::write_json_string(bounded(text), out);
}

// Findings in their order; what is beyond the bound is only counted.
void append(std::string& out, std::size_t& written, const base::Findings& findings) {
    for (const base::Finding& finding : findings) {
        if (written++ >= most_remarks) continue;
        out += written == 1 ? "{" : ",{";
        member(out, "severity", base::spelling(finding.severity));
        member(out, "code", base::spelling(finding.type));
        member(out, "where", finding.where);
        member(out, "text", finding.text);
        out += '}';
    }
}

std::string remarks(const std::vector<mapping::Residue>& residue, const base::Findings& first, const base::Findings& then) {
    std::string places;
    for (std::size_t i = 0; i < std::min(residue.size(), most_remarks); ++i) {
        if (i > 0) places += ',';
        fhir::codec::write_json_string(bounded(residue[i].where), places);
    }
    std::string findings;
    std::size_t written = 0;
    append(findings, written, first);
    append(findings, written, then);
    if (places.empty() && findings.empty()) return {};
    std::string out = fmt::format(R"({{"residue":[{}],"findings":[{}])", places, findings);
    if (residue.size() > most_remarks) out += fmt::format(R"(,"moreResidue":{})", residue.size() - most_remarks);
    if (written > most_remarks) out += fmt::format(R"(,"moreFindings":{})", written - most_remarks);
    return out + '}';
}

}  // namespace

store::durable::Account account_of(const mapping::Translation& translation, const base::Findings& also) {
    return {static_cast<std::int64_t>(translation.atoms), static_cast<std::int64_t>(translation.kept),
            static_cast<std::int64_t>(translation.dropped), static_cast<std::int64_t>(translation.residue.size()),
            remarks(translation.residue, also, translation.findings)};
}

store::durable::Account account_of(const base::Fault& fault) {
    store::durable::Account account;
    account.remarks = remarks({}, fault.findings, {});
    return account;
}

store::durable::Reason reason_of(const base::Fault& fault) {
    return {std::string(bounded(fault.text)), word(fault.kind), base::spelling(fault.type), std::string(bounded(fault.where))};
}

}  // namespace exchange
