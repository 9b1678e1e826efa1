// SPDX-License-Identifier: Apache-2.0
#include "fhir/schema/pack.h"

#include <cstring>

namespace fhir::schema::pack {

std::uint64_t known_digest() {
    std::uint64_t result = hash({});
    for (const std::string_view name : known::names) result = hash("\n", hash(name, result));
    return result;
}

std::uint64_t digest(std::string_view bytes) {
    std::uint64_t result = bytes.size();
    while (bytes.size() >= sizeof(std::uint64_t)) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), sizeof word);
        result = (result ^ word) * 0x9E3779B97F4A7C15;
        result ^= result >> 29U;
        bytes.remove_prefix(sizeof word);
    }
    return hash(bytes, result);
}

}  // namespace fhir::schema::pack
