// SPDX-License-Identifier: Apache-2.0
// Any text as the _page of a link: refused unless we sealed it. Any text behind a good seal: refused, or read.
#include "interaction/verb/cursor.h"

#include "store/cursor.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    if (interaction::open_cursor(text, "/Patient", "key")) std::abort();  // to be met once in 2^128
    const auto opened = interaction::open_cursor(interaction::seal({text, 7}, "/Patient", "key"), "/Patient", "key");
    if (size < 10'000 && (!opened || opened->after != text || opened->as_of != 7)) std::abort();
    for (std::size_t keys = 0; keys < 3; ++keys) {
        const auto cursor = store::decode_cursor(text, keys);
        if (!cursor) continue;
        const auto again = store::decode_cursor(store::encode(*cursor), keys);
        if (!again || again->rank != cursor->rank || again->values.size() != keys) std::abort();
    }
    return 0;
}
