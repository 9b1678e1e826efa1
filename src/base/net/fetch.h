// SPDX-License-Identifier: Apache-2.0
#pragma once

// HTTP/1.1 requests to one server and their answers: how a command speaks with a server, its own or another's.
//
// Unless `reach` says else, only loopback addresses are connected to, whatever the name in the URL resolves to. No proxy, no redirect
// is followed, nothing of the user's own settings. Blocks. The answer is held in memory, up to `most` bytes.

#include "base/result.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace base::net {

enum class Reach { this_machine, anywhere };

struct Fetch {
    std::string url;                     // "http://127.0.0.1:8081/readyz"; https only with Reach::anywhere
    std::string method = "GET";          // any; HEAD reads no body
    std::vector<std::string> fields{};   // "Content-Type: application/json"
    std::string body{};
    std::chrono::milliseconds patience{60'000};  // for the whole answer
    std::size_t most = std::size_t{256} << 20;
    Reach reach = Reach::this_machine;
    std::string trust{};                 // https: a PEM file of authorities; empty: the system's
};

struct Fetched {
    int status = 0;
    std::string body{};
    std::vector<std::string> fields{};   // of the last answer, in order: "Content-Type: application/json"
};

// Keeps its connections between requests. One thread at a time.
class Fetcher {
public:
    Fetcher();
    Fetcher(Fetcher&&) noexcept;
    Fetcher& operator=(Fetcher&&) noexcept;
    ~Fetcher();

    // Faults: unavailable when nobody answers (in time, or at all), denied when the address is not loopback and must be, too_large.
    Result<Fetched> fetch(const Fetch& asked);

private:
    struct Handle;
    std::unique_ptr<Handle> handle_;
};

// One request on a connection of its own.
Result<Fetched> fetch(const Fetch& asked);

}  // namespace base::net
