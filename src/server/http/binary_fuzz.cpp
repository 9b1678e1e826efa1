// SPDX-License-Identifier: Apache-2.0
// Accept, Content-Type and Prefer as anybody may write it: both readers of Accept answer, and agree that no Accept at all is anything.
#include "server/http/binary.h"
#include "server/http/format.h"
#include "server/http/prefer.h"

#include "base/text.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto [accept, type] = base::cut(text, '\n');
    const bool bytes = server::http::wants_bytes(accept, type);
    if (base::trim(accept).empty() && !bytes) std::abort();
    (void)server::http::wanted(type, accept);
    (void)server::http::is_active(type);
    // Of what is said twice the first counts.
    const auto once = server::http::read_preferences(text);
    const auto twice = server::http::read_preferences(std::string(text) + ", " + std::string(text));
    if (text.find('"') == std::string_view::npos && (once.wanted != twice.wanted || once.lenient != twice.lenient)) std::abort();
    return 0;
}
