// SPDX-License-Identifier: Apache-2.0
// Any JSON and any narrative can be checked; and what is found narrative is well-formed enough to be written as XML.
#include "fhir/codec/xml.h"
#include "fhir/resource/narrative.h"
#include "fhir/validate/structure.h"
#include "fhir/testing.h"

#include <cstdlib>

namespace {

using fhir::testing::r4;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    fhir::resource::check_narrative(bytes);
    fhir::resource::check_narrative("<div xmlns=\"http://www.w3.org/1999/xhtml\">" + std::string(bytes) + "</div>");
    const auto document = fhir::codec::read_json(bytes, r4().names());
    if (!document) return 0;
    const auto findings = fhir::validate::check_structure(document->root(), r4());
    const auto again = fhir::codec::read_xml(fhir::codec::to_xml(document->root(), r4()), r4());
    // A resource without findings is one that XML can say, and says whole.
    if (findings.empty() && !again) std::abort();
    if (findings.empty() && !fhir::equal(document->root(), again->root())) std::abort();
    return 0;
}
