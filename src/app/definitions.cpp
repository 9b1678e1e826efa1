// SPDX-License-Identifier: Apache-2.0
#include "app/definitions.h"

#include "app/commands.h"
#include "app/places.h"
#include "fhir/codec/json.h"

#include <filesystem>

namespace app {

base::Result<fhir::schema::Schema> open_definitions() { return fhir::schema::Schema::open(places().pack); }

base::Result<fhir::definition::Library> open_library(const fhir::schema::Schema& schema) {
    const Places where = places();
    TRY(fhir::definition::Library library, fhir::definition::Library::open(where.archive, schema));
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(where.definitions, failed)) {
        if (entry.path().extension() != ".json") continue;
        TRY(const std::string text, read_file(entry.path().string()));
        TRY(const fhir::Document definition, fhir::codec::read_json(text, schema.names()));
        library.add(definition);
    }
    if (failed) return base::Fault{base::Fault::Kind::missing, "cannot read the folder " + where.definitions};
    return library;
}

base::Result<fhir::Document> read_resource(std::string_view bytes, const fhir::schema::Schema& schema, fhir::codec::Order order) {
    const auto first = bytes.find_first_not_of("\xEF\xBB\xBF \t\r\n");
    if (first != std::string_view::npos && bytes[first] == '<') return fhir::codec::read_xml(bytes, schema, {}, order);
    fhir::codec::Limits limits;
    limits.short_twins = order == fhir::codec::Order::any;
    return fhir::codec::read_json(bytes, schema.names(), limits);
}

}  // namespace app
