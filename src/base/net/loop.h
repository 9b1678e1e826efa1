// SPDX-License-Identifier: Apache-2.0
#pragma once

// The event loop under every door: some worker threads, each with its own listening sockets for every door
// (SO_REUSEPORT: the kernel spreads new connections), its own connections and its own clocks. A connection
// stays with its worker for life, so protocols need no lock (Pistache's reactor behind it; level-triggered).
//
// A small request costs about 10 microseconds of processor here, most of it in the kernel. A protocol must
// not block: what may take long goes to a worker pool and comes back by post().

#include "base/net/connection.h"
#include "base/result.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace base::net {

// One listening address and what is spoken there.
struct Door {
    std::string name{};                      // for messages: "fhir", "mllp"
    std::string address = "127.0.0.1";       // numeric IPv4 or IPv6; "*" is every address of both
    std::uint16_t port = 0;                  // 0: the system chooses, see Loop::port
    std::function<std::unique_ptr<Protocol>(Connection&)> protocol{};  // called on the worker
    std::function<bool(const Peer&)> admits{};  // empty: everybody. Called on the worker, before TLS; quick
    std::shared_ptr<const TlsDoor> tls{};    // null: plain text
    Limits limits{};
    std::size_t per_peer = 0;                // open connections from one address; 0: no limit (MLLP: 16)
    std::size_t per_peer_rate = 0;           // new connections a second from one address; 0: no limit
    std::size_t most = 0;                    // open connections at this door; 0: no limit. Above, accepting pauses
    int backlog = 1024;
};

struct LoopCounts {
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;     // not admitted, or over per_peer or per_peer_rate
    std::uint64_t open = 0;
    std::uint64_t timed_out = 0;
    std::uint64_t tls_failed = 0;
    std::uint64_t paused = 0;      // times that accepting paused for want of descriptors or over `most`
    std::uint64_t bugs = 0;        // exceptions caught at the top: the connection was closed
};

struct DoorCounts {
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;     // not admitted, or over per_peer or per_peer_rate
    std::uint64_t open = 0;
};

class Loop {
public:
    // Listens at every door; nothing is accepted before start(). Faults name the door.
    static Result<std::unique_ptr<Loop>> open(unsigned workers, std::vector<Door> doors);
    ~Loop();  // stop()

    void start();
    // Doors come and go while the loop runs. From any thread but a worker's; numbers are never used twice.
    Result<std::size_t> add(Door door);
    // Stops accepting there, tells its connections to finish, and cuts those off that have not after `patience`. When it
    // returns, no connection of the door and no protocol is left. True when none had to be cut off.
    bool remove(std::size_t door, Millis patience);

    std::uint16_t port(std::size_t door) const;  // 0 for a removed one
    DoorCounts counts(std::size_t door) const;
    unsigned workers() const;
    LoopCounts counts() const;

    // From any thread: runs `work` on that worker, in order of posting. After stop() it is dropped.
    void post(unsigned worker, std::function<void()> work);
    // The same for one connection; dropped when the connection is gone.
    void post(ConnectionId id, std::function<void(Protocol&, Connection&)> work);
    // Runs `work` on that worker after `delay`; a worker's timers end with it.
    void post_after(unsigned worker, Millis delay, std::function<void()> work);

    // Stops accepting, tells every protocol to finish, and waits until all connections are closed or
    // `patience` is over. True when none had to be cut off. Not from a worker.
    bool drain(Millis patience);
    // Cuts everything off and ends the threads. Not from a worker.
    void stop();

private:
    struct State;
    explicit Loop(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace base::net
