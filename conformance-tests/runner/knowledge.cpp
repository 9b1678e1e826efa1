// SPDX-License-Identifier: Apache-2.0
#include "runner/knowledge.h"

#include "fhir/codec/json.h"
#include "fhir/codec/xml.h"

namespace runner {

base::Result<std::unique_ptr<const Knowledge>> Knowledge::open(const Sources& sources) {
    TRY(auto schema, fhir::schema::Schema::open(sources.pack));
    TRY(auto units, fhir::ucum::Units::open(sources.units));
    std::unique_ptr<Knowledge> made(new Knowledge(std::move(schema), std::move(units)));
    TRY(auto library, fhir::definition::Library::open(sources.archive, made->schema_));
    for (const std::string& package : sources.packages) TRY(library.add_package(package));
    made->library_.emplace(std::move(library));
    made->codes_.emplace(*made->library_, &made->units_);
    made->validator_.emplace(fhir::validate::Services{.schema = made->schema_, .library = *made->library_, .codes = &*made->codes_, .units = &made->units_});
    return std::unique_ptr<const Knowledge>(std::move(made));
}

base::Result<fhir::Document> Knowledge::read(std::string_view bytes) const {
    const std::size_t first = bytes.find_first_not_of("\xEF\xBB\xBF \t\r\n");
    if (first != std::string_view::npos && bytes[first] == '<') return fhir::codec::read_xml(bytes, schema_);
    return fhir::codec::read_json(bytes, schema_.names());
}

}  // namespace runner
