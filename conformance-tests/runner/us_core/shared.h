// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the jobs of one run share: the guide, the data with the ids of this run, and what the target claims. The first job fills it.

#include "runner/us_core/claims.h"
#include "runner/us_core/guide.h"
#include "runner/us_core/reference_data.h"

namespace runner::us_core {

struct Shared {
    Guide guide{};
    std::string suite{};
    std::string fixtures{};
    ReferenceData data{};
    Claims claims{};
};

// "US Core 6.1.0: SHALL ..."
inline std::string required(const Guide& guide, Demand demand, const std::string& what) { return guide.name + ": " + word(demand) + ' ' + what; }

// In small letters with hyphens: "Provenance:target" gives "provenance-target".
std::string slug(std::string_view text);

}  // namespace runner::us_core
