// SPDX-License-Identifier: Apache-2.0
#pragma once

// For fuzz targets: the delivered maps and structures, loaded once. Not for the server.

#include "fhir/schema/schema.h"
#include "hl7v2/grammar.h"
#include "mapping/library.h"

#include <cstdlib>
#include <memory>

namespace hl7v2::testing {

struct FuzzBench {
    std::unique_ptr<const fhir::schema::Schema> schema;  // the library points to it
    mapping::Library library;
    hl7v2::Grammar grammar;
};

inline const FuzzBench& fuzz_bench() {
    static const FuzzBench bench = [] {
        auto opened = fhir::schema::Schema::open(ANDIRON_BINARY_DIR "/profiles/r4.pack");
        auto grammar = hl7v2::Grammar::load(ANDIRON_SOURCE_DIR "/profiles/structure/hl7v2");
        if (!opened || !grammar) std::abort();
        auto schema = std::make_unique<const fhir::schema::Schema>(std::move(*opened));
        auto library = mapping::load_library({{ANDIRON_SOURCE_DIR "/profiles/maps/hl7v2"}, {ANDIRON_SOURCE_DIR "/profiles/vocabulary"}}, *schema);
        if (!library) std::abort();
        return FuzzBench{std::move(schema), std::move(*library), std::move(*grammar)};
    }();
    return bench;
}

}  // namespace hl7v2::testing
