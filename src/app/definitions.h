// SPDX-License-Identifier: Apache-2.0
#pragma once

// The packed definitions, opened for a command; and reading a resource of either format.

#include "fhir/codec/xml.h"

#include <string_view>

namespace app {

base::Result<fhir::schema::Schema> open_definitions();

// JSON or XML, told by the first character. Order::any also lets the twin of a JSON list end early.
base::Result<fhir::Document> read_resource(std::string_view bytes, const fhir::schema::Schema& schema,
                                           fhir::codec::Order order = fhir::codec::Order::as_defined);

}  // namespace app
