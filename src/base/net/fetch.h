// SPDX-License-Identifier: Apache-2.0
#pragma once

// One HTTP/1.1 request to a server of this machine, and its answer: how a command speaks with the running server.
//
// Only loopback addresses are connected to, whatever the name in the URL resolves to; no proxy, no redirect, no TLS, nothing of
// the user's own settings. Blocks; one connection a request. The answer is held in memory, up to `most` bytes.

#include "base/result.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace base::net {

struct Fetch {
    std::string url;                     // "http://127.0.0.1:8081/readyz"
    std::string method = "GET";          // or POST
    std::vector<std::string> fields{};   // "Content-Type: application/json"
    std::string body{};
    std::chrono::milliseconds patience{60'000};  // for the whole answer
    std::size_t most = std::size_t{256} << 20;
};

struct Fetched {
    int status = 0;
    std::string body{};
};

// Faults: unavailable when nobody answers (in time, or at all), denied when the address is not loopback, too_large.
Result<Fetched> fetch(const Fetch& asked);

}  // namespace base::net
