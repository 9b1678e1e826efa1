// SPDX-License-Identifier: Apache-2.0
// The first six bytes are delimiters, the rest a text: escaped it separates nothing, and unescaped it is the same text again.
#include "base/text.h"
#include "hl7v2/escape.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>

namespace {

void require(bool truth) {
    if (!truth) std::abort();
}

bool usable(const hl7v2::Delimiters& all) {  // as read_delimiters() lets them pass
    std::set<char> seen;
    for (const char c : {all.field, all.component, all.repetition, all.escape, all.subcomponent, all.truncation}) {
        if (c == '\0') continue;
        const auto byte = static_cast<unsigned char>(c);
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (byte <= ' ' || byte > 126 || letter || !seen.insert(c).second) return false;
    }
    return all.field != '\0' && all.component != '\0' && all.repetition != '\0';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hl7v2;
    if (size < 6) return 0;
    const auto at = [&](std::size_t i) { return static_cast<char>(data[i]); };
    Delimiters own{at(0), at(1), at(2), at(3), at(4), at(5)};
    if (!usable(own)) own = Delimiters{};
    const std::string_view text(reinterpret_cast<const char*>(data) + 6, size - 6);
    const std::string escaped = escape(text, own);
    for (const char c : escaped) require(!own.separates(c) && c != '\r' && c != '\n' && c != '\v' && c != '\x1c' && c != '\0');
    if (own.escape != '\0' && base::valid_utf8(text)) require(unescape(escaped, own) == text);
    // Said with other delimiters it is the same; and whatever a raw field holds, it stays one field.
    const Delimiters other{'!', '#', '%', '/', '@', '\0'};
    if (own.escape != '\0' && base::valid_utf8(text)) require(unescape(reescape(escaped, own, other), other) == text);
    if (text.find(own.field) != std::string_view::npos) return 0;
    const std::string moved = reescape(text, own, other);
    require(moved.find('!') == std::string::npos && moved.find('\r') == std::string::npos);
    return 0;
}
