// SPDX-License-Identifier: Apache-2.0
// Three lines as versions: they are in one order, and what covers another comes first in it. And the first as a canonical.
#include "base/text.h"
#include "fhir/definition/version.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fhir::definition;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto [a, rest] = base::cut(input, '\n');
    const auto [b, c] = base::cut(rest, '\n');
    const auto ab = compare_versions(a, b), bc = compare_versions(b, c), ac = compare_versions(a, c);
    if (compare_versions(a, a) != 0 || (ab == 0) != (a == b)) std::abort();
    if ((compare_versions(b, a) < 0) != (ab > 0)) std::abort();
    if (ab < 0 && bc < 0 && !(ac < 0)) std::abort();
    if (covers(a, a) == a.empty()) std::abort();
    (void)covers(a, b);
    const auto [url, version] = cut_canonical(a);
    if (url.size() + version.size() > a.size()) std::abort();
    return 0;
}
