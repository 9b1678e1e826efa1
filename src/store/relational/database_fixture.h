// SPDX-License-Identifier: Apache-2.0
#pragma once

// A database file of its own for a test, gone afterwards.

#include "store/contract_fixture.h"
#include "store/relational/engine.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace store::relational {

class Folder {
public:
    Folder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "andiron-store-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = pattern;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::string file() const { return (path_ / "store.db").string(); }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

inline std::unique_ptr<Relational> open_in(const Folder& folder, const base::Clock& clock, RelationalOptions options = {}) {
    options.path = folder.file();
    options.parameters = contract::urls();
    if (!options.values) options.values = contract::kept_index;
    auto opened = Relational::open(options, clock);
    if (!opened) throw std::runtime_error(opened.fault().text);
    return std::move(*opened);
}

}  // namespace store::relational
