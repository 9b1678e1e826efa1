// SPDX-License-Identifier: Apache-2.0
// Any StructureDefinition and any resource: compiling and checking come to an end, and neither crashes. The two stand in
// one input with a line of three dashes between them.
#include "fhir/codec/json.h"
#include "fhir/definition/library.h"
#include "fhir/testing.h"
#include "fhir/validate/validator.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const std::size_t middle = text.find("\n---\n");
    if (middle == std::string_view::npos) return 0;
    const fhir::schema::Schema& schema = fhir::testing::r4();
    const auto definition = fhir::codec::read_json(text.substr(0, middle), schema.names());
    const auto resource = fhir::codec::read_json(text.substr(middle + 5), schema.names());
    if (!definition || !resource) return 0;
    fhir::definition::Library library(schema);
    library.add(*definition);
    const fhir::validate::Validator validator({schema, library});
    fhir::validate::Question question;
    question.profiles.emplace_back(definition->root().text(fhir::known_name("url")));
    validator.check(resource->root(), question);
    return 0;
}
