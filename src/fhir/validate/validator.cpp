// SPDX-License-Identifier: Apache-2.0
#include "fhir/validate/validator.h"

#include "fhir/validate/structure.h"

namespace fhir::validate {

struct Validator::Parts {
    Services services;
};

Validator::Validator(const Services& services) : parts_(std::make_unique<Parts>(Parts{services})) {}
Validator::Validator(Validator&&) noexcept = default;
Validator::~Validator() = default;

base::Findings Validator::check(View resource, const Question&) const {
    return check_structure(resource, parts_->services.schema);
}

}  // namespace fhir::validate
