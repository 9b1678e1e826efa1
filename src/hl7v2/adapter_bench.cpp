// SPDX-License-Identifier: Apache-2.0
// Messages a second from bytes to Translation, and to a transaction Bundle. Arguments: .hl7 files; without any, the
// golden messages.

#include "fhir/codec/json.h"
#include "fhir/schema/schema.h"
#include "hl7v2/adapter.h"
#include "hl7v2/parse.h"
#include "mapping/bundle.h"

#include <chrono>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <iterator>

int main(int count, char** arguments) {
    const auto schema = fhir::schema::Schema::open(ANDIRON_BINARY_DIR "/profiles/r4.pack");
    const auto grammar = hl7v2::Grammar::load(ANDIRON_SOURCE_DIR "/profiles/structure/hl7v2");
    if (!schema || !grammar) return 1;
    const auto library = mapping::load_library({{ANDIRON_SOURCE_DIR "/profiles/maps/hl7v2"}, {ANDIRON_SOURCE_DIR "/profiles/vocabulary"}}, *schema);
    if (!library) return 1;
    std::vector<std::filesystem::path> paths(arguments + 1, arguments + count);
    if (paths.empty())
        for (const auto& file : std::filesystem::recursive_directory_iterator(ANDIRON_SOURCE_DIR "/conformance-tests/translations/hl7v2"))
            if (file.path().extension() == ".hl7") paths.push_back(file.path());
    std::vector<std::string> messages;
    std::size_t bytes = 0;
    for (const auto& path : paths) {
        std::ifstream in(path, std::ios::binary);
        messages.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>{});
        bytes += messages.back().size();
    }
    for (const bool to_json : {false, true}) {
        std::size_t done = 0, entries = 0, atoms = 0;
        const auto begin = std::chrono::steady_clock::now();
        std::chrono::duration<double> passed{};
        while (passed.count() < 3.0) {
            for (const std::string& text : messages) {
                auto message = hl7v2::parse(text);
                if (!message) continue;
                auto structure = grammar->of(*message);
                if (!structure) continue;
                hl7v2::TranslateOptions options;
                options.keep_message = false;
                auto made = hl7v2::translate(*message, **structure, *library, options);
                if (!made) continue;
                ++done;
                entries += made->entries.size();
                atoms += made->atoms;
                if (to_json) bytes += fhir::codec::to_json(mapping::transaction(*made, schema->names())->root()).size() & 1;
            }
            passed = std::chrono::steady_clock::now() - begin;
        }
        fmt::print("{}: {:.0f} messages/s, {:.0f} resources/s, {:.1f} us a message, {:.1f} atoms a message\n",
                   to_json ? "bytes to Bundle as JSON" : "bytes to Translation", static_cast<double>(done) / passed.count(),
                   static_cast<double>(entries) / passed.count(), 1e6 * passed.count() / static_cast<double>(done),
                   static_cast<double>(atoms) / static_cast<double>(done));
    }
}
