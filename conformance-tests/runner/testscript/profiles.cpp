// SPDX-License-Identifier: Apache-2.0
#include "runner/testscript/profiles.h"

#include "runner/testscript/fixtures.h"

#include <fmt/format.h>

namespace runner::testscript {

using base::Fault;

const fhir::validate::Validator& Profiles::own() {
    if (validator_) return *validator_;
    const Knowledge& knowledge = judge_.knowledge();
    library_.emplace(knowledge.library());
    for (const Profile& profile : script_.profiles) {
        const auto bytes = content(script_, profile.reference, folders_);
        if (!bytes) continue;
        if (const auto document = knowledge.read(*bytes)) library_->add(*document);
    }
    codes_.emplace(*library_, &knowledge.units());
    validator_.emplace(fhir::validate::Services{.schema = knowledge.schema(), .library = *library_, .codes = &*codes_, .units = &knowledge.units()});
    return *validator_;
}

base::Result<std::vector<std::string>> Profiles::errors(fhir::View resource, const std::string& profile_id) {
    const Profile* profile = script_.profile(profile_id);
    if (profile == nullptr) return Fault{Fault::Kind::invalid, "the script declares no profile " + profile_id};
    auto known = judge_.errors(resource, profile->reference);
    if (known || known.fault().kind != Fault::Kind::missing) return known;

    const bool relative = profile->reference.find(':') == std::string::npos;
    const auto bytes = content(script_, profile->reference, folders_);
    if (!bytes && relative) {
        // "StructureDefinition/Patient", as references within the specification are written.
        auto of_standard = judge_.errors(resource, "http://hl7.org/fhir/" + profile->reference);
        if (of_standard || of_standard.fault().kind != Fault::Kind::missing) return of_standard;
        return bytes.fault();
    }
    if (!bytes) return Fault{Fault::Kind::unsupported, fmt::format("the profile {} is not known here; a package that has it can be given", profile->reference)};
    TRY(const auto document, judge_.knowledge().read(*bytes));
    const std::string url(document.root().child("url").text());
    const auto& validator = own();
    if (url.empty() || !library_->knows("StructureDefinition", url)) return Fault{Fault::Kind::invalid, profile->reference + " is no profile"};
    fhir::validate::Question question{.now = clock_.now()};
    question.profiles.push_back(url);
    question.follow_meta = false;
    std::vector<std::string> wrong;
    for (const base::Finding& finding : validator.check(resource, question))
        if (finding.severity == base::Severity::error || finding.severity == base::Severity::fatal) wrong.push_back(finding.where + ": " + finding.text);
    return wrong;
}

}  // namespace runner::testscript
