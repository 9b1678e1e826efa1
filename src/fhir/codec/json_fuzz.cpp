// SPDX-License-Identifier: Apache-2.0
// Any bytes: refused, or read, written and read again to the same tree.
#include "fhir/codec/json.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fhir::Names names;
    const auto first = fhir::codec::read_json({reinterpret_cast<const char*>(data), size}, names);
    if (!first) return 0;
    const std::string text = fhir::codec::to_json(first->root());
    const auto second = fhir::codec::read_json(text, names);
    if (!second || !equal(first->root(), second->root()) || fhir::codec::to_json(second->root()) != text) std::abort();
    if (const auto pretty = fhir::codec::read_json(fhir::codec::to_pretty_json(first->root()), names);
        !pretty || !equal(first->root(), pretty->root()))
        std::abort();
    return 0;
}
