// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where an element stands in its document, as a FHIRPath: "Patient.name[0].given[1]". Made once for a document (four bytes an
// element), then a path costs its own length and the neighbours that are counted.

#include "fhir/schema/schema.h"
#include "fhir/tree/view.h"

#include <string>
#include <vector>

namespace interaction {

class ItemPaths {
public:
    // Both must outlive it.
    ItemPaths(const fhir::Document& document, const fhir::schema::Schema& schema);

    // Empty for an element of another document.
    std::string of(fhir::View view) const;

private:
    const fhir::Document& document_;
    const fhir::schema::Schema& schema_;
    std::vector<fhir::Document::Index> parents_;
};

}  // namespace interaction
