// SPDX-License-Identifier: Apache-2.0
#include "app/definitions.h"

#include "app/places.h"

namespace app {

base::Result<fhir::schema::Schema> open_definitions() { return fhir::schema::Schema::open(places().pack); }

base::Result<fhir::definition::Library> open_library(const fhir::schema::Schema& schema) {
    return fhir::definition::Library::open(places().archive, schema);
}

base::Result<fhir::Document> read_resource(std::string_view bytes, const fhir::schema::Schema& schema, fhir::codec::Order order) {
    const auto first = bytes.find_first_not_of("\xEF\xBB\xBF \t\r\n");
    if (first != std::string_view::npos && bytes[first] == '<') return fhir::codec::read_xml(bytes, schema, {}, order);
    fhir::codec::Limits limits;
    limits.short_twins = order == fhir::codec::Order::any;
    return fhir::codec::read_json(bytes, schema.names(), limits);
}

}  // namespace app
