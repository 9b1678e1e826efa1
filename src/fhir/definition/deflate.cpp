// SPDX-License-Identifier: Apache-2.0
#include "fhir/definition/deflate.h"

#include <stdexcept>

#include <zlib.h>

namespace fhir::definition {

std::string deflated(std::string_view bytes, int level) {
    uLongf size = compressBound(static_cast<uLong>(bytes.size()));
    std::string out(size, '\0');
    if (compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                  static_cast<uLong>(bytes.size()), level) != Z_OK)
        throw std::logic_error("deflate fails only without memory");
    out.resize(size);
    return out;
}

std::optional<std::string> inflated(std::string_view bytes, std::size_t size) {
    // No text shrinks to less than a thousandth: a damaged size must not ask for all memory.
    if (size / 1100 > bytes.size()) return std::nullopt;
    std::string out(size, '\0');
    uLongf got = static_cast<uLongf>(size);
    if (uncompress(reinterpret_cast<Bytef*>(out.data()), &got, reinterpret_cast<const Bytef*>(bytes.data()),
                   static_cast<uLong>(bytes.size())) != Z_OK ||
        got != size)
        return std::nullopt;
    return out;
}

}  // namespace fhir::definition
