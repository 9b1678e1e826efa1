// SPDX-License-Identifier: Apache-2.0
// Any bytes as an archive of definitions: a fault, or rows that can all be asked for.
#include "fhir/definition/archive.h"
#include "fhir/definition/archive_layout.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fhir::definition;
    std::string bytes(reinterpret_cast<const char*>(data), size);
    // The marks that a fuzzer does not guess.
    layout::Header header;
    if (size >= sizeof header) {
        std::memcpy(&header, bytes.data(), sizeof header);
        header.magic = layout::magic;
        header.version = layout::version;
        header.size = size;
        std::memcpy(bytes.data(), &header, sizeof header);
    }
    const auto archive = Archive::read(std::move(bytes));
    if (!archive) return 0;
    std::size_t seen = 0;
    for (std::size_t i = 0; i < archive->size() && i < 100; ++i) {
        const auto entry = archive->entry(i);
        const auto [first, last] = archive->find(entry.type, entry.url);
        seen += last - first + archive->packages()[entry.package].name.size();
        if (const auto lean = archive->lean(i)) seen += lean->size();
        if (const auto whole = archive->whole(i)) seen += whole->size();
    }
    volatile std::size_t used = seen;
    (void)used;
    return 0;
}
