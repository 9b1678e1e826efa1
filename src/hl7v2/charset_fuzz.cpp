// SPDX-License-Identifier: Apache-2.0
// The first line is MSH-18, the rest bytes: read they are UTF-8, and what a set can spell comes back as it went.
#include "base/text.h"
#include "hl7v2/charset.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

void require(bool truth) {
    if (!truth) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto [declared, bytes] = base::cut(input, '\n');
    for (const bool instead : {false, true}) {
        base::Findings remarks;
        const auto text = hl7v2::to_utf8(std::string(bytes), declared, '~', "WINDOWS-1252", remarks, instead);
        if (!text) {
            require(text.fault().where == "MSH-18");
            continue;
        }
        require(base::valid_utf8(*text));
        const std::string back = hl7v2::from_utf8(*text, declared, '~');
        base::Findings again;
        const auto read = hl7v2::to_utf8(back, declared, '~', "WINDOWS-1252", again, instead);
        // Only what the set could not spell, or what was read by the fallback, may have become something else.
        if (!hl7v2::is_known_charset(declared, '~') || !remarks.empty() || back.find('?') != std::string::npos) continue;
        if (text->find('\x1b') != std::string::npos) continue;  // the sign of a shift itself
        if (declared.find('~') != std::string_view::npos) continue;  // from_utf8 writes the first set only
        require(read && *read == *text);
    }
    return 0;
}
