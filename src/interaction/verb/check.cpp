// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/check.h"

#include "fhir/validate/structure.h"
#include "interaction/verb/check_parameter.h"

#include <algorithm>
#include <array>

namespace interaction {
namespace {

using base::Fault;
using base::IssueType;

constexpr std::size_t most_meta_entries = 1000;  // tags, labels or profiles of one resource

// The one place where an issue becomes 400 or 422. The worst finding decides: any malformed makes all malformed.
Fault::Kind kind_of(IssueType type) {
    switch (type) {
        case IssueType::structure:
        case IssueType::value:
        case IssueType::invariant:
        case IssueType::too_long:
        case IssueType::not_supported:
            return Fault::Kind::malformed;
        default:
            return Fault::Kind::invalid;
    }
}

Fault fault_of(base::Findings findings) {
    const auto worse = [](const base::Finding& finding) { return finding.severity <= base::Severity::error; };
    auto first = std::find_if(findings.begin(), findings.end(), [&](const base::Finding& finding) {
        return worse(finding) && kind_of(finding.type) == Fault::Kind::malformed;
    });
    if (first == findings.end()) first = std::find_if(findings.begin(), findings.end(), worse);
    Fault fault{kind_of(first->type), first->text, first->where, first->type};
    const auto errors = std::count_if(findings.begin(), findings.end(), worse);
    if (errors > 1) fault.text += " (and " + std::to_string(errors - 1) + " more)";
    fault.findings = std::move(findings);
    return fault;
}

// What a type's content has to mean here, beyond its shape.
struct Meaning {
    std::string_view type;
    base::Findings (*check)(fhir::View body, const Context& context);
};
constexpr std::array<Meaning, 1> meanings{{{"SearchParameter", check_parameter}}};

base::Result<base::Findings> with_meaning(base::Findings findings, fhir::View body, const std::string& type, const Context& context) {
    for (const Meaning& row : meanings) {
        if (row.type != type) continue;
        base::Findings more = row.check(body, context);
        findings.insert(findings.end(), more.begin(), more.end());
        if (!base::any_error(findings)) continue;
        Fault fault = fault_of(std::move(findings));
        fault.kind = Fault::Kind::invalid;
        return fault;
    }
    return findings;
}

}  // namespace

base::Result<base::Findings> check_body(fhir::View body, const std::string& type, const Context& context) {
    using namespace fhir::literals;
    if (!body || body.resource_type().empty())
        return Fault{Fault::Kind::malformed, "The body must be a " + type + " resource.", ""};
    if (body.resource_type() != type) {
        const bool known = context.schema.is_resource(body.resource_type());
        return Fault{Fault::Kind::malformed, "The body's resourceType must be " + type + ", as the address says.",
                     "resourceType", known ? IssueType::value : IssueType::not_supported};
    }
    const fhir::View meta = body.child("meta"_name);
    for (const fhir::Name name : {"tag"_name, "security"_name, "profile"_name}) {
        if (meta.count(name) > most_meta_entries)
            return Fault{Fault::Kind::malformed, "A resource may have at most 1000 of these.",
                         type + ".meta." + std::string(context.schema.names().text(name)), IssueType::too_long};
    }
    if (context.rules.validation == Rules::Validation::off) return base::Findings{};
    const auto required = context.rules.required_profiles.find(type);
    const bool more = context.rules.validation == Rules::Validation::full || required != context.rules.required_profiles.end();
    if (more && context.definitions != nullptr) {
        fhir::validate::Question question;
        if (required != context.rules.required_profiles.end()) question.profiles = required->second;
        question.now = context.clock.now();
        base::Findings findings = context.definitions->now()->validator().check(body, question);
        if (!base::any_error(findings)) return with_meaning(std::move(findings), body, type, context);
        Fault fault = fault_of(std::move(findings));
        fault.kind = Fault::Kind::invalid;
        return fault;
    }
    base::Findings findings = fhir::validate::check_structure(body, context.schema);
    if (base::any_error(findings)) return fault_of(std::move(findings));
    return with_meaning(std::move(findings), body, type, context);
}

}  // namespace interaction
