// SPDX-License-Identifier: Apache-2.0
// Any URL: routed or refused, and what is routed holds only decoded, valid UTF-8. What the short way takes, the long way takes in
// the same sense.
#include "base/text.h"
#include "server/http/route.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto method = static_cast<server::http::Method>(data[0] % 7);
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    const auto [target, form] = base::cut(text, '\n');
    const auto request = server::http::route(method, target, "/fhir", form);
    interaction::Request plain;
    if (server::http::is_plain_read(method, target, "/fhir", plain) &&
        (!request || request->verb != plain.verb || request->type != plain.type || request->id != plain.id || !request->parameters.empty()))
        std::abort();
    if (!request) return 0;
    for (const auto& [name, value] : request->parameters)
        if (!base::valid_utf8(name) || !base::valid_utf8(value)) std::abort();
    if (request->id.find('/') != std::string::npos) std::abort();
    return 0;
}
