// SPDX-License-Identifier: Apache-2.0
#pragma once

// The port between a connection and what is spoken on it.
//
// One Protocol stands on one Connection and lives as long as it: its destructor is the news that the
// connection is gone. Every call comes from the one thread that owns the connection, so a protocol needs no
// lock. Work may go elsewhere; its answer comes back through Loop::post with the ConnectionId, and is
// dropped when that connection is gone, even if another one has its socket number by then.

#include <string_view>

namespace base::net {

class Connection;

// What a connection is waiting for: it decides which clock runs. The protocol says it with
// Connection::phase() whenever it changes; a new connection is `idle`.
enum class Phase {
    idle,     // nothing asked: Limits::idle
    head,     // a request has begun: Limits::head from its beginning, however often bytes arrive
    body,     // a body is on its way: Limits::body_rate must be kept
    working   // an answer is being made: no clock for the peer
};

class Protocol {
public:
    virtual ~Protocol() = default;

    // `bytes` arrived. They are gone after the call: what is needed later is kept by the protocol.
    virtual void on_bytes(std::string_view bytes, Connection& connection) = 0;

    // The peer sends no more (it may still read). What has been asked is answered, then the protocol closes.
    virtual void on_end(Connection& connection) = 0;

    // The queue fell below the low water mark after congested() was true: go on producing.
    virtual void on_room(Connection& connection) = 0;

    // The clock of `phase` ran out. The protocol may write a last word; the connection closes after it.
    virtual void on_expired(Phase phase, Connection& connection) = 0;

    // The server is going away: answer what has been asked, then close.
    virtual void on_drain(Connection& connection) = 0;
};

}  // namespace base::net
