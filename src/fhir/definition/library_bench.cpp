// SPDX-License-Identifier: Apache-2.0
// library_bench [PACKAGE...]: what opening R4's archive, loading packages and finding definitions cost, in time and
// resident memory.
#include "fhir/definition/library.h"

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <string>

using Clock = std::chrono::steady_clock;

namespace {

double milliseconds(Clock::time_point since) { return std::chrono::duration<double, std::milli>(Clock::now() - since).count(); }

double resident_megabytes() {
    std::ifstream in("/proc/self/statm");
    std::size_t whole = 0;
    std::size_t resident = 0;
    in >> whole >> resident;
    return static_cast<double>(resident) * 4096 / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
    const auto schema = fhir::schema::Schema::open(ANDIRON_BINARY_DIR "/profiles/r4.pack");
    if (!schema) return 1;
    double before = resident_megabytes();
    auto start = Clock::now();
    auto opened = fhir::definition::Library::open(ANDIRON_BINARY_DIR "/profiles/r4.archive", *schema);
    if (!opened) return 1;
    fmt::print("open archive: {:.2f} ms, {:.1f} MB\n", milliseconds(start), resident_megabytes() - before);
    fhir::definition::Library library = *std::move(opened);
    for (int i = 1; i < argc; ++i) {
        before = resident_megabytes();
        start = Clock::now();
        const auto facts = library.add_package(argv[i]);
        if (!facts) {
            fmt::print("{}: {}\n", argv[i], facts.fault().text);
            continue;
        }
        fmt::print("{}: {} definitions, {:.0f} ms, {:.1f} MB, {} findings, {} missing\n", facts->label(), facts->definitions, milliseconds(start),
                   resident_megabytes() - before, facts->findings.size(), facts->missing.size());
    }
    for (const char* type : {"StructureDefinition", "ValueSet", "CodeSystem", "SearchParameter"}) {
        before = resident_megabytes();
        start = Clock::now();
        std::size_t found = 0;
        const auto all = library.all(type);
        for (const std::string& canonical : all) found += library.find(type, canonical) ? 1 : 0;
        fmt::print("{} of {} {}: {:.3f} ms each, {:.1f} MB\n", found, all.size(), type, milliseconds(start) / static_cast<double>(std::max<std::size_t>(found, 1)),
                   resident_megabytes() - before);
    }
    return 0;
}
