// SPDX-License-Identifier: Apache-2.0
// Any bytes as a scenario: read or refused with a place, and no table has a row of another width.
#include "runner/scenario/parse.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto read = runner::scenario::parse({reinterpret_cast<const char*>(data), size}, "f");
    if (!read) {
        if (!read.fault().text.starts_with("f:")) std::abort();
        return 0;
    }
    for (const auto& test : read->tests)
        for (const auto& row : test.rows)
            if (row.size() != test.columns.size() || test.steps.empty()) std::abort();
    return 0;
}
