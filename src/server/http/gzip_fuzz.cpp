// SPDX-License-Identifier: Apache-2.0
// Nothing that is unpacked is longer than the cap, and what was unpacked can be packed again.
#include "server/http/gzip.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    constexpr std::size_t cap = 100'000;
    const auto out = server::http::gunzip(bytes, cap);
    if (!out) return 0;
    if (out->size() > cap) std::abort();
    const auto again = server::http::gunzip(server::http::gzip(*out), cap);
    if (!again || *again != *out) std::abort();
    return 0;
}
