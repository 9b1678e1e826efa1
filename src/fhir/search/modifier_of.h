// SPDX-License-Identifier: Apache-2.0
#pragma once

// What stands behind the colon of a parameter's name (FHIR R4 3.1.1.4.4), checked against the parameter's type.

#include "base/result.h"
#include "fhir/schema/schema.h"
#include "fhir/search/query.h"

namespace fhir::search {

// `type` becomes the resource type where that is the modifier ("subject:Patient").
base::Result<Modifier> modifier_of(const Parameter& parameter, std::string_view text, std::string& type, const schema::Schema& schema);

}  // namespace fhir::search
