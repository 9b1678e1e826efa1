// SPDX-License-Identifier: Apache-2.0
// Any resource as a definition: packed, and put beside R4's; or refused.
#include "fhir/definition/compile.h"
#include "fhir/definition/compile_package.h"
#include "fhir/definition/library.h"
#include "fhir/testing.h"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fhir;
    const auto document = definition::read_definition({reinterpret_cast<const char*>(data), size}, testing::r4());
    if (!document) return 0;
    definition::Compiler compiler;
    compiler.add(document->root());
    (void)std::move(compiler).finish();

    definition::Library own(testing::library());
    own.add(*document);
    return 0;
}
