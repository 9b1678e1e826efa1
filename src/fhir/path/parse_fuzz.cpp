// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/check.h"
#include "fhir/path/program.h"
#include "fhir/testing.h"

// Any text read as an expression, compiled leniently and strictly.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fhir;
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    static const schema::TypeId patient = testing::r4().find_type("Patient");
    const auto program = path::Program::compile(text, testing::r4());
    const auto strict = path::Program::compile_strict(text, testing::r4(), patient);
    if (strict && !program) __builtin_trap();  // strict never lets pass more
    (void)path::Program::compile_strict(text, testing::r4(), schema::no_type);
    return 0;
}
