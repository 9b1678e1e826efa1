// SPDX-License-Identifier: Apache-2.0
#include "fhir/profile/corrections.h"

#include <array>
#include <utility>

namespace fhir::profile {

namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> table{{
    // bdl-8: an entry without fullUrl is meant to pass.
    {"fullUrl.contains('/_history/').not()", "fullUrl.exists() implies fullUrl.contains('/_history/').not()"},
    // que-7: Boolean is FHIRPath's type; the element's is boolean.
    {"operator = 'exists' implies (answer is Boolean)", "operator = 'exists' implies (answer is boolean)"},
    // que-12: "more than one" is said, more than two was asked.
    {"enableWhen.count() > 2 implies enableBehavior.exists()", "enableWhen.count() >= 2 implies enableBehavior.exists()"},
    // ras-2: a Range or no probability at all are meant to pass.
    {"probability is decimal implies (probability as decimal) <= 100", "probability.empty() or ((probability is decimal) implies ((probability as decimal) <= 100))"},
    // vsd-0 and its like: without a name there is nothing to match.
    {"name.matches('[A-Z]([A-Za-z0-9_]){0,254}')", "name.exists() implies name.matches('^[A-Z]([A-Za-z0-9_]){0,254}$')"},
    {"name.matches('^[A-Z]([A-Za-z0-9_]){0,254}$')", "name.exists() implies name.matches('^[A-Z]([A-Za-z0-9_]){0,254}$')"},
}};

}  // namespace

std::string_view corrected(std::string_view expression) {
    for (const auto& [published, meant] : table)
        if (expression == published) return meant;
    return expression;
}

}  // namespace fhir::profile
