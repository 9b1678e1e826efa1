// SPDX-License-Identifier: Apache-2.0
// Any resource on its way out: the message that its change sends reads back with as many segments as were made, whatever its texts hold.
#include "fhir/codec/json.h"
#include "hl7v2/compose.h"
#include "hl7v2/fuzz_bench.h"
#include "hl7v2/parse.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

const mapping::Composer& composer() {
    static const mapping::Composer made = [] {
        static const hl7v2::Dictionary dictionary = [] {
            auto opened = hl7v2::Dictionary::load(ANDIRON_BINARY_DIR "/profiles/hl7v2.fields");
            if (!opened) std::abort();
            return *std::move(opened);
        }();
        const auto& bench = hl7v2::testing::fuzz_bench();
        auto loaded = mapping::Composer::load({{ANDIRON_SOURCE_DIR "/profiles/maps/hl7v2-out"}, hl7v2::extents(dictionary)}, *bench.schema,
                                              *bench.library.codes, bench.library.naming);
        if (!loaded) std::abort();
        return *std::move(loaded);
    }();
    return made;
}

// Whatever is referred to is the same patient.
class OnePatient final : public fhir::path::Services {
public:
    std::optional<fhir::path::Item> resolve(const fhir::path::Item&, const fhir::path::Item&) override {
        static const fhir::Document patient = [] {
            auto read = fhir::codec::read_json(
                R"({"resourceType":"Patient","id":"p","identifier":[{"system":"urn:id:H","value":"1|2"}],"name":[{"family":"Ng^~\\&"}]})",
                hl7v2::testing::fuzz_bench().schema->names());
            if (!read) std::abort();
            return *std::move(read);
        }();
        return fhir::path::resource_item(patient.root(), *hl7v2::testing::fuzz_bench().schema);
    }
    std::optional<bool> member_of(const fhir::path::Item&, std::string_view) override { return std::nullopt; }
    std::optional<bool> subsumes(const fhir::path::Item&, const fhir::path::Item&) override { return std::nullopt; }
    std::optional<bool> conforms_to(const fhir::path::Item&, std::string_view) override { return std::nullopt; }
    std::optional<fhir::path::Item> element_definition(const fhir::path::Item&) override { return std::nullopt; }
    std::optional<bool> in_slice(const fhir::path::Item&, std::string_view, std::string_view) override { return std::nullopt; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto document = fhir::codec::read_json({reinterpret_cast<const char*>(data), size}, hl7v2::testing::fuzz_bench().schema->names());
    if (!document) return 0;
    OnePatient services;
    mapping::ComposeOptions options;
    options.now = 1'714'564'800'000'000;
    options.services = &services;
    for (const char* version : {"2.3", "2.5.1", "2.9"}) {
        options.version = version;
        const auto made = composer().compose({document->root(), document->root(), "updated"}, options);
        if (!made) continue;
        for (const mapping::Composed& one : *made) {
            hl7v2::Heading heading;
            heading.version = version;
            heading.control_id = "OUT1";
            heading.now = options.now;
            const std::string bytes = hl7v2::write(one, heading);
            for (const char c : bytes)
                if (c == '\n' || c == '\v' || c == '\x1c' || c == '\0') std::abort();
            const auto read = hl7v2::parse(bytes);
            if (!read || read->size() != one.segments.size() + 1) std::abort();
            for (std::size_t i = 0; i < one.segments.size(); ++i)
                if (read->segment(i + 1).name() != one.segments[i].name) std::abort();
        }
    }
    return 0;
}
