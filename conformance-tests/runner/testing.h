// SPDX-License-Identifier: Apache-2.0
#pragma once

// What the tests of this room share.

#include "runner/knowledge.h"
#include "base/clock.h"

#include <stdexcept>

namespace runner::testing {

inline Sources sources() {
    const std::string built = std::string(ANDIRON_BINARY_DIR) + "/profiles/";
    return {.pack = built + "r4.pack", .archive = built + "r4.archive", .units = built + "ucum.tsv", .suites = std::string(ANDIRON_SOURCE_DIR) + "/conformance-tests"};
}

inline const Knowledge& knowledge() {
    static const auto opened = Knowledge::open(sources());
    if (!opened) throw std::runtime_error(opened.fault().text);
    return **opened;
}

inline const base::Clock& clock() {
    static const base::FixedClock standing(1'800'000'000'000'000);
    return standing;
}

}  // namespace runner::testing
