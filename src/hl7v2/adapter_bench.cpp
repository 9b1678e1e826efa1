// SPDX-License-Identifier: Apache-2.0
// Messages a second of one core (by processor time) from bytes to Translation, and to a transaction Bundle. Arguments: .hl7 files or
// folders of them; without any, the golden messages.

#include "fhir/codec/json.h"
#include "fhir/schema/schema.h"
#include "hl7v2/adapter.h"
#include "hl7v2/parse.h"
#include "mapping/bundle.h"

#include <ctime>
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
    std::vector<std::filesystem::path> given(arguments + 1, arguments + count);
    if (given.empty()) given.emplace_back(ANDIRON_SOURCE_DIR "/conformance-tests/translations/hl7v2");
    std::vector<std::filesystem::path> paths;
    for (const auto& path : given) {
        if (!std::filesystem::is_directory(path)) paths.push_back(path);
        else
            for (const auto& file : std::filesystem::recursive_directory_iterator(path))
                if (file.path().extension() == ".hl7") paths.push_back(file.path());
    }
    std::vector<std::string> messages;
    std::size_t bytes = 0;
    for (const auto& path : paths) {
        std::ifstream in(path, std::ios::binary);
        messages.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>{});
        bytes += messages.back().size();
    }
    for (const bool to_json : {false, true}) {
        std::size_t done = 0, entries = 0, atoms = 0;
        const std::clock_t begin = std::clock();
        double passed = 0;
        while (passed < 3.0) {
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
            passed = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
        }
        fmt::print("{}: {:.0f} messages/s, {:.0f} resources/s, {:.1f} us a message, {:.1f} atoms a message\n",
                   to_json ? "bytes to Bundle as JSON" : "bytes to Translation", static_cast<double>(done) / passed,
                   static_cast<double>(entries) / passed, 1e6 * passed / static_cast<double>(done),
                   static_cast<double>(atoms) / static_cast<double>(done));
    }
}
