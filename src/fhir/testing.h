// SPDX-License-Identifier: Apache-2.0
#pragma once

// For tests, fuzz targets and benchmarks of this room and those above: R4's definitions, opened once. Not for the server.

#include "fhir/definition/library.h"
#include "fhir/schema/schema.h"
#include "fhir/search/parameter.h"
#include "fhir/ucum/units.h"

#include <cstdio>
#include <cstdlib>

namespace fhir::testing {

// Ends the program with a message when the build has not packed them: nothing can be tested then.
inline const schema::Schema& r4() {
    static const schema::Schema schema = [] {
        auto opened = schema::Schema::open(ANDIRON_BINARY_DIR "/profiles/r4.pack");
        if (!opened) {
            std::fprintf(stderr, "no definitions: %s\n", opened.fault().text.c_str());
            std::abort();
        }
        return *std::move(opened);
    }();
    return schema;
}

// R4's own definitions by canonical URL, with HL7's terminology and extensions. A copy may be added to.
inline const definition::Library& library() {
    static const definition::Library library = [] {
        auto opened = definition::Library::open(ANDIRON_BINARY_DIR "/profiles/r4.archive", r4());
        if (!opened) {
            std::fprintf(stderr, "no library: %s\n", opened.fault().text.c_str());
            std::abort();
        }
        return *std::move(opened);
    }();
    return library;
}

inline const ucum::Units& units() {
    static const ucum::Units units = [] {
        auto opened = ucum::Units::open(ANDIRON_BINARY_DIR "/profiles/ucum.tsv");
        if (!opened) {
            std::fprintf(stderr, "no units: %s\n", opened.fault().text.c_str());
            std::abort();
        }
        return *std::move(opened);
    }();
    return units;
}

inline const search::Parameters& r4_parameters() {
    static const search::Parameters parameters = [] {
        base::Findings findings;
        auto compiled = search::Parameters::compile(r4(), findings);
        if (!compiled) {
            std::fprintf(stderr, "no search parameters: %s\n", compiled.fault().text.c_str());
            std::abort();
        }
        return *std::move(compiled);
    }();
    return parameters;
}

}  // namespace fhir::testing
