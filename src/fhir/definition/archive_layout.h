// SPDX-License-Identifier: Apache-2.0
#pragma once

// The layout of an archive: one header, then sections of flat rows, each starting at a multiple of 8.

#include <array>
#include <cstdint>

namespace fhir::definition::layout {

inline constexpr std::uint64_t magic = 0x2D48435241444E41;  // "ANDARCH-"
inline constexpr std::uint32_t version = 1;                 // counts up whenever a row changes its shape or meaning

enum Section : std::uint32_t { text, packages, remarks, rows, blobs, sections };

struct TextRef {
    std::uint32_t offset = 0;
    std::uint32_t length = 0;
};

struct PackageRow {
    TextRef name, version, title, fhir_version, canonical;
    std::uint32_t first_remark = 0;  // into `remarks`: dependencies, then two for each finding (where, text)
    std::uint32_t dependencies = 0;
    std::uint32_t findings = 0;
    std::uint32_t reserved = 0;
};

struct Row {
    static constexpr std::uint32_t superseded = 1;
    TextRef type, url, version, id;
    std::uint32_t package = 0;
    std::uint32_t flags = 0;
    std::uint64_t lean_at = 0;   // into `blobs`
    std::uint64_t whole_at = 0;
    std::uint32_t lean_stored = 0, lean_size = 0;    // bytes as stored, and inflated
    std::uint32_t whole_stored = 0, whole_size = 0;  // 0: not kept
};

struct Place {
    std::uint64_t offset = 0;  // bytes from the start of the file
    std::uint64_t count = 0;   // rows
};

struct Header {
    std::uint64_t magic = 0;
    std::uint32_t version = 0;
    std::uint32_t reserved = 0;
    std::uint64_t size = 0;  // of the whole file
    std::array<Place, sections> places{};
};

}  // namespace fhir::definition::layout
