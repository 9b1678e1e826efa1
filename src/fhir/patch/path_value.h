// SPDX-License-Identifier: Apache-2.0
#pragma once

// The value part of a FHIRPath Patch operation becomes an element: value[x] is copied, a resource too, and parts become the
// elements that they name (backbone elements and whatever else Parameters cannot carry as value[x]).

#include "base/result.h"
#include "fhir/schema/schema.h"
#include "fhir/tree/edit.h"

#include <string>

namespace fhir::patch {

// The value[x] of a parameter or part; false when it has none.
View part_value(View part);

class PathValues {
public:
    PathValues(Edit& edit, const schema::Schema& schema);

    // By the names from the root; no_type below what FHIR does not know.
    schema::TypeId type_of(Document::Index index) const;

    struct Made {
        Document::Index index = 0;
        const schema::Element* row = nullptr;
    };
    // The element `name` of `type` with the value of `part`, below no parent yet. `name` may be that of a choice ("value"):
    // the value's type picks the form. Fault (invalid): no such element there, or of another type.
    base::Result<Made> make(schema::TypeId type, const std::string& name, View part);

private:
    base::Result<const schema::Element*> row_for(schema::TypeId type, const std::string& name, View part) const;
    schema::TypeId type_of_value(View value) const;
    bool fits(schema::TypeId given, schema::TypeId wanted) const;

    Edit& edit_;
    const schema::Schema& schema_;
    schema::TypeId parameter_;  // Parameters.parameter: what value[x] is typed by
};

}  // namespace fhir::patch
