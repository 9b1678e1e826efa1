// SPDX-License-Identifier: Apache-2.0
#pragma once

// Reads a FHIR package as npm and the FHIR registry publish it: a directory, or a .tgz (gzip over ustar).
//
// An archive comes from outside and is not trusted. It is read in one pass, never unpacked to disk, and refused as
// a whole when an entry is a link or a device, when a name is absolute or climbs ("..", a drive letter, a
// backslash), or when a limit is passed.

#include "base/result.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace fhir::definition {

struct PackageLimits {
    std::uint64_t archive_bytes = 256ULL << 20U;  // compressed
    std::uint64_t total_bytes = 2ULL << 30U;      // unpacked
    std::uint64_t file_bytes = 128ULL << 20U;
    std::uint64_t ratio = 200;  // unpacked for one compressed, after the first megabyte
    std::size_t entries = 200'000;
};

// What happens with a file: its name without directories ("StructureDefinition-Patient.json") and its bytes, which
// live for the call only. A Fault stops the reading and is handed on.
using FileVisitor = std::function<base::Result<void>(std::string_view name, std::string_view bytes)>;

// Visits package.json and every file of the package's own folder whose name begins with an upper-case letter, as those
// of resources do (deeper folders hold examples and the publisher's own), sorted by name for a directory and in the
// archive's order for an archive. When "X" and "X.json" are both there, only "X.json".
base::Result<void> read_package(const std::string& path, const FileVisitor& visit, const PackageLimits& limits = {});

// The same for the bytes of an archive.
base::Result<void> read_archive(std::string_view bytes, const FileVisitor& visit, const PackageLimits& limits = {});

}  // namespace fhir::definition
