// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the target says of itself: its CapabilityStatement. What it does not claim and US Core does not demand is not asked of it.

#include "fhir/tree/view.h"
#include "runner/us_core/guide.h"

#include <memory>
#include <string_view>

namespace runner::us_core {

class Claims {
public:
    Claims() = default;  // nothing is claimed
    explicit Claims(std::shared_ptr<const fhir::Document> statement) : statement_(std::move(statement)) {}

    fhir::View statement() const { return statement_ ? statement_->root() : fhir::View{}; }
    bool type(std::string_view type) const { return static_cast<bool>(resource(type)); }
    bool interaction(std::string_view type, std::string_view code) const { return listed(type, "interaction", "code", code); }
    bool search(std::string_view type, std::string_view parameter) const;
    bool search(std::string_view type, const std::vector<std::string>& parameters) const;
    bool profile(std::string_view type, std::string_view canonical) const { return listed(type, "supportedProfile", {}, canonical) || listed(type, "profile", {}, canonical); }
    // "*" claims every one; "CareTeam:participant" also CareTeam:participant:Patient.
    bool include(std::string_view type, std::string_view path, bool reverse) const;
    bool operation(std::string_view type, std::string_view name) const { return listed(type, "operation", "name", name); }

private:
    fhir::View resource(std::string_view type) const;
    bool listed(std::string_view type, std::string_view name, std::string_view inside, std::string_view value) const;

    std::shared_ptr<const fhir::Document> statement_{};
};

}  // namespace runner::us_core
