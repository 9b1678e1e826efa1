// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/errata.h"

#include <algorithm>
#include <array>

namespace fhir::path {

namespace {

struct Erratum {
    std::string_view published;
    std::string_view meant;
};

constexpr std::array<Erratum, 8> errata{{
    {"fullUrl.contains('/_history/').not()", "fullUrl.exists() implies fullUrl.contains('/_history/').not()"},
    // A name is wanted elsewhere; here only its letters are; and all of them.
    {"name.matches('[A-Z]([A-Za-z0-9_]){0,254}')", "name.exists() implies name.matches('^[A-Z]([A-Za-z0-9_]){0,254}$')"},
    {"reference.startsWith('#').not() or (reference.substring(1).trace('url') in %rootResource.contained.id.trace('ids'))",
     "reference.exists() implies (reference.startsWith('#').not() or (reference.substring(1) in %rootResource.contained.id) or "
     "(reference = '#' and %rootResource != %resource))"},
    {"reference.startsWith('#').not() or (reference.substring(1).trace('url') in %resource.contained.id.trace('ids'))",
     "reference.exists() implies (reference.startsWith('#').not() or (reference.substring(1) in %rootResource.contained.id) or "
     "(reference = '#' and %rootResource != %resource))"},
    {"probability is decimal implies (probability as decimal) <= 100",
     "probability.empty() or ((probability is decimal) implies ((probability as decimal) <= 100))"},
    {"(component.empty() and hasMember.empty()) implies (dataAbsentReason or value)",
     "(component.empty() and hasMember.empty()) implies (dataAbsentReason.exists() or value.exists())"},
    {"isModifier implies isModifierReason.exists()", "(isModifier.exists() and isModifier) implies isModifierReason.exists()"},
    {"enableWhen.count() > 2 implies enableBehavior.exists()", "enableWhen.count() >= 2 implies enableBehavior.exists()"},
}};

}  // namespace

std::string_view corrected(std::string_view expression) {
    const auto found = std::find_if(errata.begin(), errata.end(), [&](const Erratum& one) { return one.published == expression; });
    return found == errata.end() ? expression : found->meant;
}

}  // namespace fhir::path
