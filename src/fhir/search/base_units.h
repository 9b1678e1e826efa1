// SPDX-License-Identifier: Apache-2.0
#pragma once

// A quantity in UCUM's base units, so that 5 mg is found as 0.005 g (FHIR R4 3.1.1.4.11).

#include "fhir/ucum/units.h"

#include <optional>
#include <string>
#include <string_view>

namespace fhir::search {

inline constexpr std::string_view ucum_system = "http://unitsofmeasure.org";

struct InBaseUnits {
    double number = 0;  // rounded to 12 digits: what is equal in two units is equal here
    std::string unit;
};

// Nothing where `unit` is none of UCUM, or one that falls where the quantity rises (pH): such are compared among themselves.
std::optional<InBaseUnits> in_base_units_of(const ucum::Units& units, std::string_view number, std::string_view unit);

}  // namespace fhir::search
