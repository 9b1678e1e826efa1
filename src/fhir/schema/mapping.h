// SPDX-License-Identifier: Apache-2.0
#pragma once

// A file, mapped for reading: only the pages that are looked at take memory, and all processes share them. Who made
// the file replaces it by renaming another over it and never writes into it.

#include "base/result.h"

#include <string>
#include <string_view>

namespace fhir::schema {

class Mapping {
public:
    // Fault (missing) when it cannot be opened; an empty file maps to no bytes.
    static base::Result<Mapping> open(const std::string& path);
    Mapping() = default;
    Mapping(Mapping&& other) noexcept;
    Mapping& operator=(Mapping&& other) noexcept;
    ~Mapping();

    std::string_view bytes() const { return {static_cast<const char*>(start_), size_}; }

private:
    void* start_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace fhir::schema
