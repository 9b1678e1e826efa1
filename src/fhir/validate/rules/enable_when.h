// SPDX-License-Identifier: Apache-2.0
#pragma once

// Is a question of a form enabled by the answers that were given (FHIR R4 4.18.6.2)?

#include "fhir/validate/rules.h"

#include <span>

namespace fhir::validate {

enum class Enabled : std::uint8_t { no, yes, unknown };

// `around`: what holds the item in the response, from the root to the nearest.
Enabled enabled(View definition, std::span<const View> around, const Services& services, const Question& question);

// Values of answers: -1, 0, 1; nothing when they cannot be compared. Equal values give 0.
std::optional<int> compare_values(View a, View b, const Services& services);

}  // namespace fhir::validate
