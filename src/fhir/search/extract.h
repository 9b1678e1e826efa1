// SPDX-License-Identifier: Apache-2.0
#pragma once

// A resource to its index values: everything that it can be found by (FHIR R4 3.1.1.4).
//
// Values that cannot be read (a date that is none) are left out and become findings: what is not indexed is not found.
// Pure; about 10 us for a typical Observation, and as much again with units and words.

#include "base/result.h"
#include "fhir/search/index_value.h"
#include "fhir/search/parameter.h"
#include "fhir/tree/view.h"
#include "fhir/ucum/units.h"

#include <string>
#include <vector>

namespace fhir::search {

struct ExtractOptions {
    // Our own addresses, without a slash at the end: "https://a.org/fhir/Patient/1" is then the same as "Patient/1".
    std::vector<std::string> own_bases{};
    const ucum::Units* units = nullptr;  // null: no rows in base units; then ParseOptions must have none either
    bool words = true;                   // rows of _text and _content
};

// Sorted, without duplicates.
std::vector<IndexValue> extract(View resource, const Parameters& parameters, const schema::Schema& schema,
                                base::Findings& findings, const ExtractOptions& options = {});

}  // namespace fhir::search
