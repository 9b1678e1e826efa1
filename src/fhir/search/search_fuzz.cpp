// SPDX-License-Identifier: Apache-2.0
#include "fhir/search/match.h"
#include "fhir/search/parse.h"
#include "fhir/testing.h"

#include <cstdlib>

// Any bytes as the query string of a search, over a few resource types.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fhir;
    if (size == 0) return 0;
    constexpr const char* types[] = {"Patient", "Observation", "RiskAssessment", "ValueSet", ""};
    const char* type = types[(data[0] & 0x3FU) % 5];
    const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
    // With the second highest bit the bytes are a filter, without having to be encoded.
    const auto pairs = (data[0] & 0x40U) != 0 ? search::UrlParameters{{"_filter", std::string(bytes)}} : search::read_query_string(bytes);
    if (!pairs) return 0;
    search::ParseOptions options;
    options.lenient = (data[0] & 0x80U) != 0;
    options.now = 1'714'564'800'000'000;
    if (const auto query = search::parse(type, *pairs, testing::r4_parameters(), testing::r4(), options)) (void)search::matches(*query, {}, "1", 1);
    return 0;
}
