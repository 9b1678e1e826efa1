// SPDX-License-Identifier: Apache-2.0
#include "base/net/network.h"

#include "base/text.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace base::net {

std::optional<Networks::Bits> Networks::bits(std::string_view address) {
    char text[INET6_ADDRSTRLEN];
    if (address.empty() || address.size() >= sizeof text) return std::nullopt;
    std::memcpy(text, address.data(), address.size());
    text[address.size()] = '\0';
    Bits bits{};
    if (inet_pton(AF_INET6, text, bits.data()) == 1) return bits;
    bits = {};
    bits[10] = bits[11] = 0xFF;
    if (inet_pton(AF_INET, text, bits.data() + 12) == 1) return bits;
    return std::nullopt;
}

Result<Networks> Networks::read(const std::vector<std::string>& networks) {
    Networks all;
    for (const std::string& text : networks) {
        const auto [address, length] = cut(text, '/');
        const auto from = bits(address);
        const bool four = address.find(':') == std::string_view::npos;
        const std::int64_t most = four ? 32 : 128;
        const auto count = text.find('/') == std::string::npos ? std::optional<std::int64_t>(most) : to_integer(length);
        if (!from || !count || *count < 0 || *count > most)
            return Fault{Fault::Kind::invalid, "\"" + text + "\" is no address and no network such as 10.0.0.0/8 or 2001:db8::/32"};
        all.networks_.push_back({*from, static_cast<unsigned>(*count) + (four ? 96U : 0U)});
    }
    return all;
}

bool Networks::contains(std::string_view address) const {
    const auto asked = bits(address);
    if (!asked) return false;
    return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
        const std::size_t whole = network.length / 8;
        if (!std::equal(asked->begin(), asked->begin() + static_cast<std::ptrdiff_t>(whole), network.address.begin())) return false;
        const unsigned rest = network.length % 8;
        return rest == 0 || ((*asked)[whole] ^ network.address[whole]) >> (8 - rest) == 0;
    });
}

}  // namespace base::net
