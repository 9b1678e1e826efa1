// SPDX-License-Identifier: Apache-2.0
#include "app/places.h"

#include <filesystem>

namespace app {

Places places() {
    std::error_code ignored;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", ignored);
    const auto share = program.parent_path().parent_path() / "share" / "andiron";
    if (!program.empty() && std::filesystem::exists(share / "r4.pack", ignored))
        return {share / "r4.pack", share / "r4.archive", share / "ucum.tsv", share / "maps", share / "structure", share / "vocabulary",
                share / "definitions", share / "conformance-tests", share / "hl7v2.fields"};
    const std::string tree = ANDIRON_PROFILES;
    return {ANDIRON_PACK, ANDIRON_ARCHIVE, ANDIRON_UNITS, tree + "/maps", tree + "/structure", tree + "/vocabulary", tree + "/definitions", ANDIRON_SUITES, ANDIRON_FIELDS};
}

}  // namespace app
