// SPDX-License-Identifier: Apache-2.0
// Any bytes as XPath and as JSONPath, over a small tree: a list of texts or a Fault, never more than the steps allow.
#include "fhir/codec/json.h"
#include "runner/testscript/element_path.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fhir::Names names;
    static const auto tree = fhir::codec::read_json(R"({"resourceType":"Bundle","type":"searchset","link":[{"relation":"self","url":"u"},{"relation":"next","url":"v"}],
        "entry":[{"fullUrl":"a","resource":{"resourceType":"Patient","id":"1","extension":[{"url":"e","valueString":"x"}],"name":[{"family":"N","given":["A","B"]}]}},
        {"resource":{"resourceType":"Observation","id":"2","valueQuantity":{"value":1.50}}}]})", names);
    if (!tree) std::abort();
    const std::string_view path(reinterpret_cast<const char*>(data), size);
    const auto first = runner::testscript::select(tree->root(), path);
    const auto again = runner::testscript::select(tree->root(), path);
    if (static_cast<bool>(first) != static_cast<bool>(again) || (first && *first != *again)) std::abort();
    static_cast<void>(runner::testscript::select_xpath(tree->root(), path));
    return 0;
}
