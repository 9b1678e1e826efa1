// SPDX-License-Identifier: Apache-2.0
#pragma once

// How the programs of this folder leave what they made.

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

// Written beside its place and renamed over it, so that a server which has the old file mapped keeps the old one. False: it could
// not be written.
inline bool write_product(const std::string& path, std::string_view bytes) {
    const std::string fresh = path + ".new";
    std::ofstream out(fresh, std::ios::binary | std::ios::trunc);
    out << bytes;
    out.close();
    if (!out) return false;
    std::error_code error;
    std::filesystem::rename(fresh, path, error);
    return !error;
}
