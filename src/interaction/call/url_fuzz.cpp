// SPDX-License-Identifier: Apache-2.0
// The first line is a method, the second the url of a bundle's entry, the third a condition on versions. A query that was read is written
// and read again as the same; what no interaction is made of is refused.
#include "base/text.h"
#include "interaction/call/etag.h"
#include "interaction/call/url.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace {

void require(bool truth) {
    if (!truth) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace interaction;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto [method, rest] = base::cut(text, '\n');
    const auto [url, condition] = base::cut(rest, '\n');
    if (const auto pairs = read_query(url)) {
        const auto again = read_query(write_query(*pairs));
        require(again && *again == *pairs);
    }
    Request request;
    request.base = "http://h/fhir";
    if (read_url(method, url, request)) {
        require(request.id.find('/') == std::string::npos && request.type.find('/') == std::string::npos);
        for (const auto& [name, value] : request.parameters) require(base::valid_utf8(name) && base::valid_utf8(value));
    }
    if (condition.empty()) require(!names_version(condition, 3));
    if (condition == "*") require(names_tag(condition, "x"));
    (void)names_version(condition, 3);
    require(names_tag("W/\"3\", " + std::string("\"x\""), "3"));
    return 0;
}
