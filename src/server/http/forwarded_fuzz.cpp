// SPDX-License-Identifier: Apache-2.0
// Whatever a trusted proxy says, the base is one host with a path: http or https, nothing that a URL could be broken with.
#include "server/http/forwarded.h"

#include "base/text.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace server::http;
    static const Proxies proxies = *Proxies::read({"10.0.0.0/8"});
    static constexpr std::string_view names[] = {"Forwarded", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Prefix",
                                                 "X-Forwarded-For", "Host"};
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::vector<Field> fields;
    for (const std::string_view line : base::split(text, '\n'))
        if (!line.empty()) fields.push_back({names[static_cast<unsigned char>(line[0]) % std::size(names)], line.substr(1)});
    Call call;
    call.peer = "10.0.0.1";
    call.fields = fields;
    const std::string made = public_base(call, proxies, "http://own/fhir", "/fhir");
    if (!made.starts_with("http://") && !made.starts_with("https://")) std::abort();
    if (!made.ends_with("/fhir")) std::abort();
    for (const char c : made)
        if (static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '<' || c == '?' || c == '#' || c == '@' || c == '\\') std::abort();
    return 0;
}
