// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/json.h"
#include "fhir/search/extract.h"
#include "fhir/search/full_text.h"
#include "fhir/search/match.h"
#include "fhir/search/parse.h"
#include "fhir/search/position.h"
#include "fhir/search/words.h"
#include "fhir/testing.h"

#include <cstdlib>
#include <string>

namespace {

using namespace fhir;

// One resource of each type asked for, with a value of every kind.
constexpr const char* resources[] = {
    R"({"resourceType":"Patient","id":"1","language":"de","identifier":[{"system":"s","value":"A","type":{"text":"t","coding":[{"system":"s","code":"MR"}]}}],"name":[{"family":"Müller"}],"birthDate":"1980-01"})",
    R"({"resourceType":"Observation","code":{"coding":[{"system":"s","code":"c","display":"Blood glucose"}],"text":"x"},"subject":{"reference":"Patient/1/_history/2","identifier":{"value":"v"}},
        "valueQuantity":{"value":5.4,"system":"http://unitsofmeasure.org","code":"mg"},"effectivePeriod":{"start":"2024"}})",
    R"({"resourceType":"RiskAssessment","prediction":[{"probabilityRange":{"low":{"value":0.1}}}]})",
    R"({"resourceType":"ValueSet","url":"http://a.org/v/1","meta":{"profile":["http://a.org/p|1.2"]}})",
    R"({"resourceType":"Location","position":{"latitude":47.1,"longitude":179.9}})"};

}  // namespace

// Any bytes as the query string of a search of a few resource types, asked of one resource each; and as narrative.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    static const std::vector<std::vector<search::IndexValue>> indexes = [] {
        std::vector<std::vector<search::IndexValue>> made;
        base::Findings findings;
        for (const char* text : resources) {
            const auto document = codec::read_json(text, testing::r4().names());
            if (!document) std::abort();
            made.push_back(search::extract(document->root(), testing::r4_parameters(), testing::r4(), findings, {.units = &testing::units()}));
        }
        return made;
    }();
    constexpr const char* types[] = {"Patient", "Observation", "RiskAssessment", "ValueSet", "Location", ""};
    const std::size_t chosen = data[0] % 6;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    if ((data[0] & 0x40U) != 0) {
        (void)search::words_of(search::text_of_xhtml(bytes), 1000);
        return 0;
    }
    const auto pairs = search::read_query_string(bytes);
    if (!pairs) return 0;
    search::ParseOptions options;
    options.lenient = (data[0] & 0x80U) != 0;
    options.now = 1'714'564'800'000'000;
    options.units = &testing::units();
    const auto query = search::parse(types[chosen], *pairs, testing::r4_parameters(), testing::r4(), options);
    if (!query) return 0;
    (void)search::matches(*query, chosen < indexes.size() ? indexes[chosen] : indexes[0], "1", 1);
    for (const search::Clause& clause : query->clauses)
        for (const search::Value& value : clause.any_of)
            if (clause.parameter && search::is_position(*clause.parameter)) (void)search::boxes_around({value.low, value.high}, value.exact);
    return 0;
}
