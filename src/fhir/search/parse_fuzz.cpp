// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/match.h"
#include "fhir/search/parse.h"

#include <cstdlib>

// Any bytes as the query string of a search, over a few resource types.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fhir;
    static const schema::Schema* schema = [] {
        auto opened = schema::Schema::open(ANDIRON_BINARY_DIR "/profiles/r4.pack");
        if (!opened) std::abort();
        return new schema::Schema(std::move(*opened));
    }();
    static const search::Parameters* parameters = [] {
        base::Findings findings;
        auto compiled = search::Parameters::compile(*schema, findings);
        if (!compiled) std::abort();
        return new search::Parameters(std::move(*compiled));
    }();
    if (size == 0) return 0;
    constexpr const char* types[] = {"Patient", "Observation", "RiskAssessment", "ValueSet", ""};
    const char* type = types[data[0] % 5];
    const auto pairs = search::read_query_string({reinterpret_cast<const char*>(data) + 1, size - 1});
    if (!pairs) return 0;
    search::ParseOptions options;
    options.lenient = (data[0] & 0x80U) != 0;
    options.now = 1'714'564'800'000'000;
    if (const auto query = search::parse(type, *pairs, *parameters, *schema, options)) (void)search::matches(*query, {}, "1", 1);
    return 0;
}
