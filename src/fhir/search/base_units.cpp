// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/base_units.h"

#include "base/text.h"

#include <cmath>
#include <cstdio>

namespace fhir::search {

std::optional<InBaseUnits> in_base_units_of(const ucum::Units& units, std::string_view number, std::string_view unit) {
    if (unit.empty() || unit.find("[pH]") != std::string_view::npos || unit.find("[hp'") != std::string_view::npos) return {};
    auto measure = units.canonical(number, unit);
    if (!measure) return {};
    auto value = base::to_double(measure->value);
    if (!value || !std::isfinite(*value)) return {};
    char digits[40];
    const int length = std::snprintf(digits, sizeof digits, "%.11e", *value);
    value = base::to_double({digits, static_cast<std::size_t>(length)});
    if (!value) return {};
    return InBaseUnits{*value == 0 ? 0 : *value, std::move(measure)->unit};
}

}  // namespace fhir::search
