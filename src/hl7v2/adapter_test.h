// SPDX-License-Identifier: Apache-2.0
#pragma once

// What tests of translations share: the maps, opened once, and short messages. Only for tests.

#include "fhir/codec/json.h"
#include "fhir/validate/structure.h"
#include "hl7v2/adapter.h"
#include "hl7v2/parse.h"
#include "mapping/bundle.h"
#include "mapping/explain.h"

#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hl7v2::testing {

namespace files = std::filesystem;

struct Bench {
    std::unique_ptr<const fhir::schema::Schema> kept;  // the library points to it
    const fhir::schema::Schema& schema;
    mapping::Library library;
    Grammar grammar;
};

// Maps, schema and grammar, opened once: they are immutable.
inline const Bench& bench() {
    static const Bench bench = [] {
        auto opened = fhir::schema::Schema::open(ANDIRON_BINARY_DIR "/profiles/r4.pack");
        if (!opened) FAIL(opened.fault().text);
        auto schema = std::make_unique<const fhir::schema::Schema>(std::move(*opened));
        auto grammar = Grammar::load(ANDIRON_SOURCE_DIR "/profiles/structure/hl7v2");
        if (!grammar) FAIL(grammar.fault().text);
        auto library = mapping::load_library({{ANDIRON_SOURCE_DIR "/profiles/maps/hl7v2"}, {ANDIRON_SOURCE_DIR "/profiles/vocabulary"}}, *schema);
        if (!library) FAIL(library.fault().text);
        const fhir::schema::Schema& shared = *schema;
        return Bench{std::move(schema), shared, std::move(*library), std::move(*grammar)};
    }();
    return bench;
}

inline mapping::Translation translated(const std::string& text, bool trace = false, std::vector<std::string> settings = {}) {
    auto message = parse(text);
    REQUIRE(message);
    auto structure = bench().grammar.of(*message);
    REQUIRE(structure);
    TranslateOptions options;
    options.received = 1'714'564'800'000'000;  // 2024-05-01T12:00:00Z
    options.keep_message = false;
    options.trace = trace;
    options.settings = std::move(settings);
    auto made = translate(*message, **structure, bench().library, options);
    REQUIRE(made);
    return std::move(*made);
}

inline const mapping::Entry* entry(const mapping::Translation& translation, std::string_view type, int number = 1) {
    for (const mapping::Entry& one : translation.entries)
        if (one.type == type && --number == 0) return &one;
    return nullptr;
}

inline std::string json(const mapping::Translation& translation, std::string_view type, int number = 1) {
    const mapping::Entry* found = entry(translation, type, number);
    return found == nullptr ? "" : fhir::codec::to_json(found->resource.root());
}

inline bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

inline std::string read(const files::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline const std::string header = "MSH|^~\\&|LAB|HOSP|EHR|CLINIC|20240501120000+0200||ORU^R01^ORU_R01|M1|P|2.5.1\r";
inline const std::string admit = "MSH|^~\\&|ADT|HOSP|EHR|CLINIC|20240501120000||ADT^A08^ADT_A01|M1|P|2.5.1\rEVN||20240501\r";

inline std::string result(const std::string& obx) {
    return header + "PID|1||123^^^MRN\rORC|RE|P1|F1\rOBR|1|P1|F1|24331-1^Lipids^LN|||20240501\r" + obx;
}

inline std::string findings_text(const mapping::Translation& translation) {
    std::string text;
    for (const base::Finding& finding : translation.findings)
        text += std::string(base::spelling(finding.severity)) + " " + finding.where + " " + finding.text + "\n";
    for (const mapping::Residue& residue : translation.residue) text += "not taken " + residue.where + "\n";
    return text;
}

}  // namespace hl7v2::testing
