// SPDX-License-Identifier: Apache-2.0
// A server's side of TLS takes any bytes, whole or in two parts, and nothing is readable without a handshake.
#include "base/net/test_certificates.h"
#include "base/net/tls.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using base::net::TlsSession;
    static const auto context = base::net::test_certificates().server();
    if (size < 2) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    const std::size_t cut = bytes.empty() ? 0 : (data[0] * 256U + data[1]) % bytes.size();
    TlsSession session(context);
    std::string plain;
    std::string sealed;
    session.feed(bytes.substr(0, cut), plain, sealed);
    session.feed(bytes.substr(cut), plain, sealed);
    if (!plain.empty() || session.state() == TlsSession::State::open) std::abort();
    return 0;
}
