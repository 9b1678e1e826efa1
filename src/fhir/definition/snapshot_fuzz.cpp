// SPDX-License-Identifier: Apache-2.0
// Any StructureDefinition: a snapshot or a fault, within bounds, and the snapshot can be made once more from itself.
#include "fhir/codec/json.h"
#include "fhir/definition/library.h"
#include "fhir/definition/snapshot.h"
#include "fhir/testing.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto& library = fhir::testing::library();
    const auto document = fhir::codec::read_json({reinterpret_cast<const char*>(data), size}, library.schema().names());
    if (!document) return 0;
    base::Findings findings;
    const auto made = fhir::definition::make_snapshot(document->root(), library, {}, findings);
    if (!made) return 0;
    if (made->node_count() > 5'000'000) std::abort();
    fhir::definition::Library own(library);
    own.add(*made);
    if (fhir::definition::check_differential(made->root(), own).size() > 1000 + size) std::abort();
    return 0;
}
