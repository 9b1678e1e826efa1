// SPDX-License-Identifier: Apache-2.0
// How long does a full check take, one resource at a time? Codes aside, which the room above answers.
//
//     validate_bench                                the published examples against R4
//     validate_bench PACKAGE.tgz FOLDER [PROFILE]   the resources of the Bundles in FOLDER against what they claim
#include "fhir/codec/json.h"
#include "fhir/definition/library.h"
#include "fhir/validate/validator.h"

#include <fmt/format.h>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>

namespace {

using Clock = std::chrono::steady_clock;

std::string read(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

struct Times {
    std::vector<double> all;
    double at(double share) {
        std::sort(all.begin(), all.end());
        return all[std::min(all.size() - 1, static_cast<std::size_t>(share * static_cast<double>(all.size())))];
    }
};

}  // namespace

int main(int count, char** arguments) {
    const auto schema = fhir::schema::Schema::open(ANDIRON_BINARY_DIR "/profiles/r4.pack");
    if (!schema) return 1;
    auto library = fhir::definition::Library::open(ANDIRON_BINARY_DIR "/profiles/r4.archive", *schema);
    if (!library) return 1;
    if (count > 1 && !library->add_package(arguments[1])) return 1;
    std::vector<fhir::Document> documents;
    for (const auto& file : std::filesystem::directory_iterator(count > 2 ? arguments[2] : ANDIRON_PACKAGES "/hl7.fhir.r4.examples")) {
        if (file.path().extension() != ".json") continue;
        auto document = fhir::codec::read_json(read(file.path()), schema->names());
        if (!document) continue;
        if (count <= 2) {
            documents.push_back(std::move(*document));
            continue;
        }
        for (fhir::View entry : document->root().children(fhir::known_name("entry"))) {
            const fhir::View resource = entry.child(fhir::known_name("resource"));
            if (!resource) continue;
            if (auto one = fhir::codec::read_json(fhir::codec::to_json(resource), schema->names())) documents.push_back(std::move(*one));
        }
    }
    const fhir::validate::Validator validator({*schema, *library});
    fhir::validate::Question question;
    question.now = 1'790'000'000'000'000;
    for (int i = 3; i < count; ++i) question.profiles.emplace_back(arguments[i]);
    for (const char* round : {"first", "second"}) {
        std::map<std::string, Times, std::less<>> by_type;
        Times all;
        std::size_t errors = 0;
        for (const fhir::Document& document : documents) {
            const auto start = Clock::now();
            const auto findings = validator.check(document.root(), question);
            const double took = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
            errors += base::any_error(findings) ? 1 : 0;
            all.all.push_back(took);
            by_type[std::string(document.root().resource_type())].all.push_back(took);
        }
        if (all.all.empty()) return 1;
        fmt::print("{} round: {} resources, {} with errors; p50 {:.3f} ms, p99 {:.3f} ms\n", round, documents.size(), errors, all.at(0.5), all.at(0.99));
        for (const char* type : {"Patient", "Observation", "Encounter", "Condition", "Claim"})
            if (const auto found = by_type.find(type); found != by_type.end())
                fmt::print("  {}: {}, p50 {:.3f} ms, p99 {:.3f} ms\n", type, found->second.all.size(), found->second.at(0.5), found->second.at(0.99));
    }
    return 0;
}
