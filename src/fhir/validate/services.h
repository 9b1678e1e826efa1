// SPDX-License-Identifier: Apache-2.0
#pragma once

// What FHIRPath asks of the world (fhir/path/services.h), answered by validation: for invariants while a resource is
// walked, and for expressions on their own.

#include "fhir/path/services.h"
#include "fhir/validate/validator.h"

#include <memory>

namespace fhir::validate {

class Walk;

class PathServices final : public path::Services {
public:
    // For expressions on `root`, a resource that lives longer; the Validator too.
    PathServices(const Validator& validator, View root);
    explicit PathServices(Walk& walk);  // inside a walk
    ~PathServices() override;

    std::optional<path::Item> resolve(const path::Item& reference, const path::Item& root) override;
    std::optional<bool> member_of(const path::Item& coded, std::string_view value_set) override;
    std::optional<bool> subsumes(const path::Item& a, const path::Item& b) override;
    std::optional<bool> conforms_to(const path::Item& item, std::string_view profile) override;
    std::optional<path::Item> element_definition(const path::Item& item) override;
    std::optional<bool> in_slice(const path::Item& item, std::string_view profile, std::string_view slice) override;

private:
    Question question_{};
    std::unique_ptr<Walk> own_;
    Walk& walk_;
};

}  // namespace fhir::validate
