// SPDX-License-Identifier: Apache-2.0
#pragma once

// Networks by their numbers: "10.0.0.0/8", "192.0.2.7", "2001:db8::/32". A value; asking costs a comparison a network.

#include "base/result.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace base::net {

class Networks {
public:
    Networks() = default;  // none
    // Fault (invalid) naming what is no network.
    static Result<Networks> read(const std::vector<std::string>& networks);

    bool none() const { return networks_.empty(); }
    bool contains(std::string_view address) const;  // numeric, without port

private:
    using Bits = std::array<unsigned char, 16>;  // IPv4 as ::ffff:a.b.c.d
    struct Network {
        Bits address;
        unsigned length;
    };
    static std::optional<Bits> bits(std::string_view address);
    std::vector<Network> networks_;
};

}  // namespace base::net
