// SPDX-License-Identifier: Apache-2.0
#pragma once

// The packed definitions, opened for a command; and reading a resource of either format.

#include "fhir/codec/xml.h"
#include "fhir/definition/library.h"
#include "fhir/schema/schema.h"
#include "fhir/tree/document.h"

#include <string_view>

namespace app {

base::Result<fhir::schema::Schema> open_definitions();
// The library of R4's own definitions; packages are added by whoever wants them.
base::Result<fhir::definition::Library> open_library(const fhir::schema::Schema& schema);

// JSON or XML, told by the first character. Order::any also lets the twin of a JSON list end early.
base::Result<fhir::Document> read_resource(std::string_view bytes, const fhir::schema::Schema& schema,
                                           fhir::codec::Order order = fhir::codec::Order::as_defined);

}  // namespace app
