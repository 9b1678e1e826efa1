// SPDX-License-Identifier: Apache-2.0
// How fast are the pack, the codecs and the structure check over the published examples? Prints MB/s of their JSON.
#include "fhir/codec/xml.h"
#include "fhir/validate/structure.h"

#include <fmt/format.h>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

}  // namespace

int main() {
    auto start = Clock::now();
    const auto schema = fhir::schema::Schema::open(ANDIRON_BINARY_DIR "/profiles/r4.pack");
    if (!schema) return 1;
    fmt::print("open: {:.3f} ms\n", seconds_since(start) * 1e3);

    std::vector<std::string> texts;
    std::size_t json_bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(ANDIRON_PACKAGES "/hl7.fhir.r4.examples")) {
        const std::string name = file.path().filename().string();
        if (!name.ends_with(".json") || name[0] < 'A' || name[0] > 'Z') continue;
        std::ifstream in(file.path(), std::ios::binary);
        texts.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
        json_bytes += texts.back().size();
    }
    const auto report = [&](const char* what, std::size_t bytes, Clock::time_point from) {
        const double seconds = seconds_since(from);
        fmt::print("{}: {:.0f} MB/s ({:.2f} us a KB)\n", what, static_cast<double>(bytes) / 1e6 / seconds,
                   seconds * 1e6 / (static_cast<double>(bytes) / 1024));
    };

    std::vector<fhir::Document> documents;
    start = Clock::now();
    for (const std::string& text : texts)
        if (auto document = fhir::codec::read_json(text, schema->names())) documents.push_back(std::move(*document));
    report("read JSON", json_bytes, start);

    start = Clock::now();
    std::size_t findings = 0;
    for (const fhir::Document& document : documents)
        findings += fhir::validate::check_structure(document.root(), *schema).size();
    report("check structure", json_bytes, start);

    start = Clock::now();
    std::vector<std::string> xml;
    std::size_t xml_bytes = 0;
    for (const fhir::Document& document : documents) {
        xml.push_back(fhir::codec::to_xml(document.root(), *schema));
        xml_bytes += xml.back().size();
    }
    report("write XML", xml_bytes, start);

    start = Clock::now();
    for (const std::string& text : xml)
        if (!fhir::codec::read_xml(text, *schema)) ++findings;
    report("read XML", xml_bytes, start);
    fmt::print("{} documents, {} MB of JSON, {} findings\n", documents.size(), json_bytes / 1'000'000, findings);
    return 0;
}
