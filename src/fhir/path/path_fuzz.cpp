// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/json.h"
#include "fhir/path/program.h"
#include "fhir/testing.h"

#include <cstdlib>

// Any text as an expression: read, compiled, and run on a small patient with little work allowed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fhir;
    static const Document* patient = [] {
        auto read = codec::read_json(R"({"resourceType":"Patient","id":"p1","active":true,"name":[{"family":"Ng","given":["Ada","May"]}],
            "birthDate":"1980-02-03","multipleBirthInteger":2,"generalPractitioner":[{"reference":"Practitioner/1"}]})", testing::r4().names());
        if (!read) std::abort();
        return new Document(std::move(*read));
    }();
    const auto program = path::Program::compile({reinterpret_cast<const char*>(data), size}, testing::r4());
    if (!program) return 0;
    path::Environment environment;
    environment.now = 1'714'564'800'000'000;
    environment.steps = 20'000;
    if (const auto result = program->evaluate(patient->root(), environment))
        for (const path::Item& item : *result) (void)path::text_of(item, testing::r4());
    return 0;
}
