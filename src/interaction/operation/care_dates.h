// SPDX-License-Identifier: Apache-2.0
#pragma once

// When care was given, as a clause (Patient $everything: start and end are about the care, not about the record). By each type's
// own date parameters; what has no such date counts as in every period.

#include "base/result.h"
#include "fhir/search/parameter.h"
#include "fhir/search/query.h"

#include <optional>
#include <string>
#include <string_view>

namespace interaction {

struct Period {
    std::optional<fhir::search::Value> start;  // ge
    std::optional<fhir::search::Value> end;    // le
    bool any() const { return start || end; }
};

// Dates as FHIR writes them, "" = open. Fault (malformed) when one is none.
base::Result<Period> read_period(std::string_view start, std::string_view end);

// Nothing when resources of that type have no date of care.
std::optional<fhir::search::Clause> cared_for(std::string_view type, const Period& period, const fhir::search::Parameters& parameters);

}  // namespace interaction
