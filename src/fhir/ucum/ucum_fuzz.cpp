// SPDX-License-Identifier: Apache-2.0
#include "fhir/testing.h"

#include <cstdint>
#include <cstdlib>

// Three lines: a number, a unit, a unit. What is converted must be a number again, and equal quantities must compare as equal.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto& units = fhir::testing::units();
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    const auto line = [&] {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto result = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
        return result;
    };
    const auto value = line(), from = line(), to = line();
    (void)units.describe(from);
    const auto converted = units.convert(value, from, to);
    if (converted && !units.comparable(from, to)) std::abort();
    if (converted && !units.canonical(*converted, "1")) std::abort();
    if (const auto canonical = units.canonical(value, from)) {
        if (!units.comparable(canonical->unit, from)) std::abort();
        const auto same = units.compare({std::string(value), std::string(from)}, {std::string(value), std::string(from)});
        if (same && *same != std::strong_ordering::equal) std::abort();
    }
    (void)units.multiply({std::string(value), std::string(from)}, {"3", std::string(to)});
    (void)units.divide({std::string(value), std::string(from)}, {"0.3", std::string(to)});
    return 0;
}
