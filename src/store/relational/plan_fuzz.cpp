// SPDX-License-Identifier: Apache-2.0
// Any search, planned and run as SQL, finds what walking over everything finds, in the same order, with the same total; within any reach.
// This is where a planner would show what somebody may not see.
#include "fhir/codec/json.h"
#include "fhir/search/extract.h"
#include "fhir/search/parse.h"
#include "fhir/search/reach.h"
#include "fhir/testing.h"
#include "store/memory.h"
#include "store/relational/database_fixture.h"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

using namespace fhir;

constexpr const char* resources[] = {
    R"({"resourceType":"Patient","id":"1","active":true,"identifier":[{"system":"s","value":"A","type":{"coding":[{"system":"s","code":"MR"}]}},{"value":"b"}],"name":[{"family":"Müller","given":["Ada"]}],"gender":"female","birthDate":"1980-01","link":[{"other":{"reference":"Patient/2"},"type":"seealso"}]})",
    R"({"resourceType":"Patient","id":"2","identifier":[{"system":"t","value":"A"}],"name":[{"family":"Mull"},{"text":"x y"}],"gender":"male","birthDate":"1980-01-02","generalPractitioner":[{"reference":"Practitioner/1"}]})",
    R"({"resourceType":"Patient","id":"3","meta":{"tag":[{"system":"s","code":"v"}]},"deceasedBoolean":false})",
    R"({"resourceType":"Practitioner","id":"1","name":[{"family":"Ng"}]})",
    R"({"resourceType":"Observation","id":"1","status":"final","code":{"coding":[{"system":"s","code":"c","display":"Blood glucose"}],"text":"x"},"subject":{"reference":"Patient/1"},"valueQuantity":{"value":5.4,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"},"effectivePeriod":{"start":"2024"}})",
    R"({"resourceType":"Observation","id":"2","status":"amended","code":{"coding":[{"system":"s","code":"d"},{"system":"t","code":"c"}]},"subject":{"reference":"Patient/2"},"focus":[{"reference":"Patient/1"}],"hasMember":[{"reference":"Observation/1"}],"valueQuantity":{"value":0.0054,"code":"g","system":"http://unitsofmeasure.org"},"effectiveDateTime":"2024-05-01T12:00:00+02:00"})",
    R"({"resourceType":"Observation","id":"3","status":"final","code":{"text":"y"},"subject":{"identifier":{"system":"s","value":"A"}},"valueString":"some words","component":[{"code":{"coding":[{"code":"c"}]},"valueQuantity":{"value":7}}]})",
    R"({"resourceType":"RiskAssessment","id":"1","status":"final","subject":{"reference":"Patient/1"},"prediction":[{"probabilityRange":{"low":{"value":0.1}}},{"probabilityDecimal":0.5}]})",
    R"({"resourceType":"ValueSet","id":"1","status":"active","url":"http://a.org/v/1","meta":{"profile":["http://a.org/p|1.2"]}})",
    R"({"resourceType":"ValueSet","id":"2","status":"draft","url":"http://a.org/v"})",
    R"({"resourceType":"Location","id":"1","position":{"latitude":47.1,"longitude":179.9},"text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">north ward</div>"}})"};

struct Bench {
    Bench() {
        store::RelationalOptions options;
        options.path = folder.file();
        for (const auto& one : testing::r4_parameters().all()) options.parameters.push_back(one->url);
        auto opened = store::Relational::open(options, clock);
        if (!opened) std::abort();
        tables = *std::move(opened);
        for (store::Repository* each : {static_cast<store::Repository*>(tables.get()), static_cast<store::Repository*>(&memory)})
            for (const char* text : resources) put(*each, text);
    }
    static void put(store::Repository& to, const char* text) {
        const auto document = codec::read_json(text, testing::r4().names());
        if (!document) std::abort();
        base::Findings findings;
        const auto index = search::extract(document->root(), testing::r4_parameters(), testing::r4(), findings, {.units = &testing::units()});
        const std::string type(document->root().resource_type()), id(document->root().child("id").text());
        const codec::Stampable body(document->root(), id);
        const auto written = to.write([&](store::Transaction& transaction) -> base::Result<void> {
            TRY(transaction.put({type, id, &body, &index}));
            return {};
        });
        if (!written) std::abort();
    }
    base::FixedClock clock{1'714'564'800'000'000};
    store::relational::Folder folder;
    std::unique_ptr<store::Relational> tables;
    store::Memory memory{clock};
};

// Everything, one type, what satisfies a clause, and two of these.
search::Reach reach_of(unsigned which) {
    if (which == 0) return search::Reach::everything();
    const auto filter = [](const char* type, const char* name, const char* value) {
        const auto query = search::parse(type, {{name, value}}, testing::r4_parameters(), testing::r4(), {});
        if (!query || query->clauses.empty()) std::abort();
        return query->clauses[0];
    };
    search::Reach reach;
    if (which == 1) reach.allow("Observation");
    if (which != 1) reach.allow("Patient", filter("Patient", "gender", "female"));
    if (which == 3) reach.allow("Observation", filter("Observation", "subject", "Patient/1"));
    if (which == 3) reach.allow("RiskAssessment");
    return reach;
}

std::string told(const store::Page& page) {
    std::string all;
    for (const store::Version& one : page.entries) all += one.type + '/' + one.id + ' ';
    return all;
}

}  // namespace

// The first two bits say within which reach, the next three of which type, then whether the bytes are a filter; the rest is the query string.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static Bench bench;
    if (size == 0) return 0;
    constexpr const char* types[] = {"Patient", "Observation", "RiskAssessment", "ValueSet", "Location", "", "Practitioner", "Patient"};
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const search::Reach reach = reach_of(data[0] & 3U);
    const char* type = types[(data[0] >> 2U) & 7U];
    const auto pairs = (data[0] & 0x20U) != 0 ? search::UrlParameters{{"_filter", std::string(bytes)}} : search::read_query_string(bytes);
    if (!pairs) return 0;
    search::ParseOptions options;
    options.now = bench.clock.now();
    options.units = &testing::units();
    const auto query = search::parse(type, *pairs, testing::r4_parameters(), testing::r4(), options);
    if (!query) return 0;
    store::Window window;
    window.count = 4;
    for (int page = 0; page < 4; ++page) {
        const auto found = bench.tables->snapshot()->search(*query, reach, window);
        store::Window other = window;
        if (page > 0) other.after.clear(), other.count = 4 * (page + 1);
        const auto walked = bench.memory.snapshot()->search(*query, reach, other);
        if (!found) {
            using Kind = base::Fault::Kind;
            if (found.fault().kind == Kind::too_costly || !walked) return 0;
            std::fprintf(stderr, "refused: %s\n", found.fault().text.c_str());
            std::abort();
        }
        if (!walked) std::abort();
        const std::string ours = told(*found);
        std::string theirs = told(*walked);
        if (page > 0) {
            store::Page rest = *walked;
            const auto before = std::min<std::size_t>(rest.entries.size(), static_cast<std::size_t>(page) * 4);
            rest.entries.erase(rest.entries.begin(), rest.entries.begin() + static_cast<std::ptrdiff_t>(before));
            theirs = told(rest);
        }
        if (ours != theirs || (found->total && walked->total && *found->total != *walked->total)) {
            std::fprintf(stderr, "tables: %s\nmemory: %s\n", ours.c_str(), theirs.c_str());
            std::abort();
        }
        if (found->next.empty() || query->count == 0) return 0;
        window.after = found->next;
    }
    return 0;
}
