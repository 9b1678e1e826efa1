// SPDX-License-Identifier: Apache-2.0
#pragma once

// Part of a resource, as _summary and _elements ask for it (FHIR R4 3.1.1.5.8, 3.1.1.5.9), marked SUBSETTED.
// Mandatory elements, id, meta and implicitRules always stay; under _elements modifier elements stay too.

#include "fhir/schema/schema.h"
#include "fhir/tree/view.h"

#include <string>
#include <vector>

namespace fhir::resource {

struct Trim {
    enum class Extent : std::uint8_t { all, summary, text, data };
    Extent extent = Extent::all;
    std::vector<std::string> elements{};  // top-level names: "name", "value" (any valueX), "Patient.name"; empty = all

    bool any() const { return extent != Extent::all || !elements.empty(); }
};

Document trimmed(View resource, const schema::Schema& schema, const Trim& trim);

}  // namespace fhir::resource
