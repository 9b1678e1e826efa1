// SPDX-License-Identifier: Apache-2.0
// What reads must write, and read again as the same tree.
#include "fhir/codec/xml.h"
#include "fhir/testing.h"

#include <cstdlib>

namespace {

using fhir::testing::r4;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto document = fhir::codec::read_xml({reinterpret_cast<const char*>(data), size}, r4());
    if (!document) return 0;
    const std::string written = fhir::codec::to_xml(document->root(), r4());
    const auto again = fhir::codec::read_xml(written, r4());
    if (!again || !fhir::equal(document->root(), again->root())) std::abort();
    return 0;
}
