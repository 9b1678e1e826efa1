// SPDX-License-Identifier: Apache-2.0
#pragma once

// One connection: a non-blocking socket, TLS when the door asks for it, a write queue, and the clocks that
// keep a peer from holding it for ever.
//
// A Connection belongs to one thread. It knows nothing of the event loop: the loop tells it that the socket
// is readable or writable or that time has passed, then asks what it wants next. Tests drive it over a
// socket pair in the same way.
//
// Writing never blocks and never fails: bytes are queued and leave with the next flush, gathered into one
// system call. Large immutable bodies are queued by reference. While more than Limits::high_water bytes
// wait, nothing is read from this peer; a peer that takes nothing for Limits::write_stall is closed.

#include "base/net/protocol.h"
#include "base/net/tls.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace base::net {

using Millis = std::int64_t;                       // monotonic, since some moment
using Bytes = std::shared_ptr<const std::string>;  // an immutable body, shared between connections

constexpr Millis never = INT64_MAX;

// Names one connection for the life of the process. `serial` is never used twice by a worker.
struct ConnectionId {
    std::uint32_t worker = 0;
    std::uint32_t slot = 0;
    std::uint64_t serial = 0;
    bool operator==(const ConnectionId&) const = default;
};

struct Peer {
    std::string address;  // numeric, without port: "192.0.2.7", "2001:db8::1"
    std::uint16_t port = 0;
};

struct Limits {
    Millis handshake = 5'000;                 // TCP accepted to TLS finished
    Millis head = 5'000;                      // first byte of a request to the end of its head
    Millis idle = 60'000;                     // between requests
    Millis write_stall = 30'000;              // the peer takes nothing of what waits for it
    std::size_t body_rate = 1'000;            // bytes a second, looked at every body_window
    Millis body_window = 5'000;
    Millis linger = 2'000;                    // after our last byte, waiting for the peer to close
    std::size_t high_water = 1024 * 1024;     // bytes queued: reading stops above,
    std::size_t low_water = 256 * 1024;       // and goes on below
};

class Connection {
public:
    // Takes the socket, which is non-blocking, and closes it when destroyed. `tls` may be null.
    Connection(int socket, ConnectionId id, Peer peer, const Limits& limits, std::unique_ptr<TlsSession> tls, Millis now);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // For the protocol.
    ConnectionId id() const { return id_; }
    const Peer& peer() const { return peer_; }
    bool secure() const { return tls_ != nullptr; }
    std::string peer_certificate_subject() const;  // RFC 2253 text; empty without a verified certificate
    void write(std::string_view bytes);            // copies
    void write(Bytes body) { const std::size_t size = body->size(); write(std::move(body), 0, size); }
    void write(Bytes body, std::size_t from, std::size_t count);
    std::string& writing();                        // the end of the queue, to append to; good until the next call
    bool congested() const { return congested_; }  // above high water since last below low water
    void phase(Phase phase);
    void pause_reading(bool paused) { paused_ = paused; }
    void close_after_flush() { closing_ = true; }
    void abort() { finished_ = true; }

    // For the owner of the thread. `scratch` is a read buffer of any size, used within the call only.
    void attach(std::unique_ptr<Protocol> protocol) { protocol_ = std::move(protocol); }
    void readable(Millis now, std::string& scratch);
    void writable(Millis now);
    void expire(Millis now);  // the time of deadline() has come
    void drain(Millis now);
    void run(const std::function<void(Protocol&, Connection&)>& work, Millis now);
    int socket() const { return socket_; }
    bool wants_read() const;
    bool wants_write() const { return blocked_; }
    bool finished() const { return finished_; }  // destroy it now
    bool timed_out() const { return timed_out_; }
    bool tls_failed() const { return tls_failed_; }
    Millis deadline() const;                     // when expire() is to be called; `never`: no need

private:
    struct Piece {
        std::string own;
        Bytes shared;
        std::size_t begin = 0;
        std::size_t end = 0;
        const char* start() const { return (shared ? shared->data() : own.data()) + begin; }
        std::size_t waiting() const { return shared ? end - begin : own.size() - begin; }
    };
    void received(std::string_view bytes);
    void ended();
    void settle(Millis now);
    void flush(Millis now);
    bool send_pieces(Millis now);
    bool send_sealed(Millis now);
    void took(std::size_t count);
    std::size_t queued() const;
    void start_clock(Millis now);

    int socket_;
    ConnectionId id_;
    Peer peer_;
    const Limits& limits_;
    std::unique_ptr<TlsSession> tls_;
    std::unique_ptr<Protocol> protocol_;
    std::vector<Piece> pieces_;
    std::size_t first_ = 0;        // pieces before it are sent
    std::string sealed_;           // TLS records on their way
    std::size_t sealed_sent_ = 0;
    Phase phase_ = Phase::idle;
    std::uint64_t phase_count_ = 0;   // how often the phase changed, to tell a new head from the old one
    std::uint64_t clock_count_ = 0;
    Millis read_deadline_ = never;
    Millis write_deadline_ = never;
    std::size_t window_bytes_ = 0;
    bool handshaking_ = false;
    bool first_bytes_ = true;
    bool paused_ = false;
    bool congested_ = false;
    bool blocked_ = false;    // the kernel's buffer is full
    bool peer_ended_ = false;
    bool closing_ = false;
    bool lingering_ = false;
    bool finished_ = false;
    bool timed_out_ = false;
    bool tls_failed_ = false;
};

}  // namespace base::net
