// SPDX-License-Identifier: Apache-2.0
// The first line says where, the rest is the text: no crash, and a place inside of the text.
#include "fhir/codec/locate.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t line = std::min(input.find('\n'), input.size());
    const std::string_view text = input.substr(std::min(line + 1, input.size()));
    const fhir::codec::Place place = fhir::codec::locate(text, input.substr(0, line));
    const auto lines = 1 + std::count(text.begin(), text.end(), '\n');
    if (place.line < 0 || place.line > lines || place.column > static_cast<int>(text.size()) + 1) std::abort();
    return 0;
}
