// SPDX-License-Identifier: Apache-2.0
#include "fhir/codec/json.h"
#include "fhir/search/extract.h"
#include "fhir/ucum/units.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <map>

// extract_bench FILE-OR-FOLDER...: index values of every resource in these JSON files (bundles are opened), median of
// five rounds, by resource type: as a server makes them, and without units and words.

namespace {

using namespace fhir;

struct Sum {
    std::size_t resources = 0;
    std::size_t values = 0;
    double micros = 0;
    double bare_micros = 0;
};

std::vector<std::filesystem::path> files(int count, char** names) {
    std::vector<std::filesystem::path> found;
    for (int i = 1; i < count; ++i) {
        if (!std::filesystem::is_directory(names[i])) found.emplace_back(names[i]);
        else
            for (const auto& entry : std::filesystem::directory_iterator(names[i]))
                if (entry.path().extension() == ".json") found.push_back(entry.path());
    }
    return found;
}

}  // namespace

int main(int count, char** names) {
    auto schema = schema::Schema::open(ANDIRON_BINARY_DIR "/profiles/r4.pack");
    if (!schema) return std::puts(schema.fault().text.c_str()), 1;
    const auto units = ucum::Units::open(ANDIRON_BINARY_DIR "/profiles/ucum.tsv");
    if (!units) return std::puts(units.fault().text.c_str()), 1;
    base::Findings findings;
    const auto begin = std::chrono::steady_clock::now();
    const auto parameters = search::Parameters::compile(*schema, findings);
    if (!parameters) return std::puts(parameters.fault().text.c_str()), 1;
    const std::chrono::duration<double, std::milli> compiling = std::chrono::steady_clock::now() - begin;
    fmt::print("{} parameters compiled in {:.1f} ms, {} findings\n", parameters->all().size(), compiling.count(), findings.size());

    std::map<std::string, Sum> sums;
    findings.clear();
    const auto measure = [&](View resource) {
        std::size_t values = 0;
        const auto median = [&](const search::ExtractOptions& options) {
            double times[5];
            for (double& time : times) {
                const auto start = std::chrono::steady_clock::now();
                values = search::extract(resource, *parameters, *schema, findings, options).size();
                time = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
            }
            std::sort(std::begin(times), std::end(times));
            return times[2];
        };
        const double bare = median({.words = false});
        const double whole = median({.units = &*units});
        for (Sum* sum : {&sums["(all)"], &sums[std::string(resource.resource_type())]}) {
            ++sum->resources;
            sum->values += values;
            sum->micros += whole;
            sum->bare_micros += bare;
        }
    };
    for (const auto& path : files(count, names)) {
        std::ifstream in(path, std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
        const auto document = codec::read_json(bytes, schema->names());
        if (!document) {
            fmt::print("{}: {}\n", path.string(), document.fault().text);
            continue;
        }
        const View root = document->root();
        if (root.resource_type() != "Bundle") measure(root);
        else
            for (View entry : root.children("entry"_name))
                if (const View resource = entry.child("resource"_name)) measure(resource);
    }
    for (const auto& [type, sum] : sums) {
        const auto resources = static_cast<double>(sum.resources);
        fmt::print("{:28} {:8} resources {:7.1f} values each {:8.2f} us each, bare {:8.2f}\n", type, sum.resources,
                   static_cast<double>(sum.values) / resources, sum.micros / resources, sum.bare_micros / resources);
    }
    std::map<std::string, std::size_t> texts;
    for (const auto& finding : findings) ++texts[finding.where + ": " + finding.text];
    for (const auto& [text, times] : texts) fmt::print("finding ({}x): {}\n", times / 10, text);
    return 0;
}
