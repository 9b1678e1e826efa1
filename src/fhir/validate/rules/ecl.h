// SPDX-License-Identifier: Apache-2.0
#pragma once

// Is this text an expression of SNOMED International's expression constraint language? Shape only: operators, concept
// references with terms, brackets, refinements; it is recognised, not understood, and what is doubtful passes.

#include <optional>
#include <string>
#include <string_view>

namespace fhir::validate {

std::optional<std::string> ecl_problem(std::string_view text);

}  // namespace fhir::validate
