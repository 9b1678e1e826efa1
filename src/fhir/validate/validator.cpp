// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/validator.h"

#include "fhir/validate/structure.h"
#include "fhir/validate/walk.h"

namespace fhir::validate {

Validator::Validator(const Services& services) : parts_(std::make_unique<Parts>(services)) {}
Validator::Validator(Validator&&) noexcept = default;
Validator::~Validator() = default;

base::Findings Validator::check(View resource, const Question& question) const {
    base::Findings findings = check_structure(resource, parts_->services.schema);
    if (!resource.resource_type().empty()) Walk(*parts_, question).run(resource, findings);
    if (!question.check_contained)
        std::erase_if(findings, [](const base::Finding& finding) { return finding.where.find(".contained[") != std::string::npos; });
    return findings;
}

}  // namespace fhir::validate
