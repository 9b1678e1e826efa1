// SPDX-License-Identifier: Apache-2.0
#pragma once

// How the client addressed us, when a proxy stands between: Forwarded (RFC 7239) or, without it, X-Forwarded-Proto, -Host, -Port and
// -Prefix. Only what trusted proxies say counts. Each adds its words at the end, so the words are read from there: the last ones are
// our peer's, those before them count when the proxy that sent them is trusted too, and so on. Anybody else may write what he
// likes; it is not looked at. Linear in the fields; never throws.

#include "base/net/network.h"
#include "base/result.h"
#include "server/http/site.h"

#include <string>
#include <string_view>
#include <vector>

namespace server::http {

// Addresses of trusted proxies: "10.0.0.0/8", "192.0.2.7", "2001:db8::/32".
class Proxies {
public:
    Proxies() = default;  // none
    static base::Result<Proxies> read(const std::vector<std::string>& networks);

    bool none() const { return networks_.none(); }
    bool trusts(std::string_view address) const;  // numeric; with a port or in brackets, as RFC 7239 writes it, too

private:
    base::net::Networks networks_;
};

// "https://fhir.example/prefix" and `root` behind it: how links must begin that this call's client can follow. `base_url` when no
// trusted proxy says otherwise, or what it says is no host, scheme, port or path.
std::string public_base(const Call& call, const Proxies& proxies, const std::string& base_url, std::string_view root);

}  // namespace server::http
