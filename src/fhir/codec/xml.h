// SPDX-License-Identifier: Apache-2.0
#pragma once

// XML in and out (FHIR R4 2.6.1). XML says neither which elements repeat nor which values are numbers: both
// directions ask the schema.

#include "fhir/codec/json.h"
#include "fhir/schema/schema.h"

namespace fhir::codec {

// The order of elements is part of the format (FHIR R4 2.6.1). Who only looks something up need not insist on it.
enum class Order : std::uint8_t { as_defined, any };

// Fault (malformed) with line, column and path. <!DOCTYPE is refused; nothing is ever fetched.
base::Result<Document> read_xml(std::string_view bytes, const schema::Schema& schema, const Limits& limits = {},
                                Order order = Order::as_defined);

// For reading the definitions themselves, when no schema is there yet: every value is a string and no element is an
// item of a list. Checks no more than that the XML is well formed; for trusted files only.
base::Result<Document> read_plain_xml(std::string_view bytes, const Names& names);

// Elements in the order of the definitions; names the schema does not know stand last.
std::string to_xml(View root, const schema::Schema& schema);
std::string to_pretty_xml(View root, const schema::Schema& schema);

}  // namespace fhir::codec
