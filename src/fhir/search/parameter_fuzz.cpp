// SPDX-License-Identifier: Apache-2.0
// Any resource as a SearchParameter that a user stores: it joins R4's, and a patient is found by it; or it is told why not.
#include "fhir/codec/json.h"
#include "fhir/search/extract.h"
#include "fhir/search/parameter.h"
#include "fhir/testing.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fhir;
    const auto document = codec::read_json({reinterpret_cast<const char*>(data), size}, testing::r4().names());
    if (!document) return 0;
    static const Document patient = [] {
        auto read = codec::read_json(R"({"resourceType":"Patient","id":"p","name":[{"family":"Ng","given":["A"]}],"birthDate":"1980","gender":"male",)"
                                     R"("extension":[{"url":"http://a.org/eye","valueCode":"blue"}]})",
                                     testing::r4().names());
        if (!read) std::abort();
        return *std::move(read);
    }();
    const auto stored = search::StoredParameter::read(document->root(), "1", 1);
    const auto remarks = search::Parameters::remarks_on(stored, testing::r4(), testing::r4_parameters());
    const auto joined = search::Parameters::join(testing::r4(), testing::r4_parameters(), testing::r4_parameters(), {stored});
    if (joined->joined().size() != 1) std::abort();
    base::Findings findings;
    const auto values = search::extract(patient.root(), *joined, testing::r4(), findings);
    for (const auto& value : values)
        if (value.parameter >= joined->all().size()) std::abort();
    if (joined->joined()[0].parameter == nullptr && remarks.empty() && stored.status == "active" && !stored.url.empty() && !stored.code.empty() &&
        joined->joined()[0].findings.empty())
        std::abort();  // not taken, and nobody is told why
    return 0;
}
