// SPDX-License-Identifier: Apache-2.0
// Three lines: an expression, a text, what to put in. Linear whatever is asked; what is replaced keeps within its bound.
#include "base/text.h"
#include "fhir/path/pattern.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto [expression, rest] = base::cut(input, '\n');
    const auto [text, with] = base::cut(rest, '\n');
    const auto pattern = fhir::path::Pattern::compile(expression);
    if (!pattern) {
        if (pattern.fault().text.empty()) std::abort();
        return 0;
    }
    if (pattern->matches_all_of(text) && !pattern->found_in(text)) std::abort();
    constexpr std::size_t most = 4096;
    const auto replaced = pattern->replaced(text, with, most);
    if (replaced && replaced->size() > most) std::abort();
    if (replaced && !pattern->found_in(text) && *replaced != text) std::abort();
    return 0;
}
