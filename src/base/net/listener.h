// SPDX-License-Identifier: Apache-2.0
#pragma once

// Listening sockets and the counting of peers.

#include "base/net/connection.h"
#include "base/result.h"

#include <cstdint>
#include <mutex>
#include <string>
#include <unordered_map>

namespace base::net {

struct Listener {
    int socket = -1;
    std::uint16_t port = 0;
};

// A non-blocking listening socket that others may share (SO_REUSEPORT). `first`: refuses a port on which
// another program already listens, which SO_REUSEPORT alone would let through unseen.
Result<Listener> listen_at(const std::string& address, std::uint16_t port, int backlog, bool first);

struct Accepted {
    int socket = -1;  // -1: none waiting, or see `exhausted`
    bool exhausted = false;  // the process or the machine has no descriptor left
    Peer peer{};
};
Accepted accept_from(int listener);

// How many connections each address holds at a door, and how fast they come. Shared by the workers.
class PeerTable {
public:
    PeerTable(std::size_t most, std::size_t rate) : most_(most), rate_(rate) {}
    bool enter(const std::string& address, Millis now);
    void leave(const std::string& address);

private:
    struct Entry {
        std::size_t open = 0;
        Millis second = 0;       // the second that is being counted
        std::size_t begun = 0;
    };
    const std::size_t most_;
    const std::size_t rate_;
    std::mutex mutex_;
    std::unordered_map<std::string, Entry> entries_;
};

}  // namespace base::net
