// SPDX-License-Identifier: Apache-2.0
// Bytes to FHIR: whatever parses is arranged and translated, twice to the same result.

#include "fhir/schema/schema.h"
#include "hl7v2/adapter.h"
#include "hl7v2/parse.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace {

struct Bench {
    std::unique_ptr<const fhir::schema::Schema> schema;  // the library points to it
    mapping::Library library;
    hl7v2::Grammar grammar;
};

const Bench& bench() {
    static const Bench bench = [] {
        auto opened = fhir::schema::Schema::open(ANDIRON_BINARY_DIR "/profiles/r4.pack");
        auto grammar = hl7v2::Grammar::load(ANDIRON_SOURCE_DIR "/profiles/structure/hl7v2");
        if (!opened || !grammar) std::abort();
        auto schema = std::make_unique<const fhir::schema::Schema>(std::move(*opened));
        auto library = mapping::load_library({{ANDIRON_SOURCE_DIR "/profiles/maps/hl7v2"}, {ANDIRON_SOURCE_DIR "/profiles/vocabulary"}}, *schema);
        if (!library) std::abort();
        return Bench{std::move(schema), std::move(*library), std::move(*grammar)};
    }();
    return bench;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto message = hl7v2::parse(std::string(reinterpret_cast<const char*>(data), size));
    if (!message) return 0;
    for (const char* name : {"ADT_A01", "ORU_R01"}) {
        hl7v2::TranslateOptions options;
        options.trace = true;
        const auto made = hl7v2::translate(*message, *bench().grammar.find(name), bench().library, options);
        if (!made || made->atoms != made->kept + made->dropped + made->residue.size()) std::abort();
    }
    return 0;
}
