// SPDX-License-Identifier: Apache-2.0
#pragma once

// Units that are not multiples of another (UCUM section 3.3 and tables 4.4 onward): a value x on such a scale is f(x) of
// a proper unit. Temperatures and roots are exact; logarithms and angles are good for 15 digits.

#include "fhir/ucum/ratio.h"

#include <optional>
#include <string_view>

namespace fhir::ucum {

struct Special {
    std::string_view name;  // as the table of units calls it
    // The value in the proper unit, and back. Nothing when the scale does not reach there (log of a negative number).
    std::optional<Ratio> (*proper)(const Ratio& value);
    std::optional<Ratio> (*scaled)(const Ratio& value);
    bool interval;  // a difference on this scale is a quantity of the proper unit: Cel/min is K/min, dB/m stays its own
};

const Special* find_special(std::string_view name);  // nullptr when there is none

}  // namespace fhir::ucum
