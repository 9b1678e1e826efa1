// SPDX-License-Identifier: Apache-2.0
#pragma once

// The searches that a Kind asks for, with values taken from the reference data.

#include "runner/us_core/claims.h"
#include "runner/us_core/fitting.h"
#include "runner/us_core/guide.h"
#include "runner/us_core/reference_data.h"

#include <string>
#include <vector>

namespace runner::us_core {

struct Search {
    std::string id;           // "search-patient-category.code"
    std::string title;
    std::string requirement;
    Demand demand = Demand::may;
    bool recommended = false;                // claimed or not, it is a warning when it does not hold
    std::vector<std::string> parameters{};   // codes; not claimed and not SHALL: not tried
    std::vector<std::vector<Term>> runs{};   // each is one question
    bool post = false;
};

// Parameters alone and combined, and for each of them, as far as the SearchParameter asks: comparators, ranges, several values, tokens
// without their system; the forms of a reference; the same by POST. `base` is the target's.
std::vector<Search> searches(const Guide& guide, const Kind& kind, const ReferenceData& data, const Judge& judge, const std::string& base);

// "Condition?patient=Patient%2Fp1&category=..."
std::string url_of(std::string_view type, const std::vector<Term>& terms);
std::string query_of(const std::vector<Term>& terms);

// The first search that SHALL or SHOULD be there and finds something: what includes are asked with. Empty when there is none.
std::vector<Term> plain_search(const Kind& kind, const ReferenceData& data, const Judge& judge);

}  // namespace runner::us_core
