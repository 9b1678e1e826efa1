// SPDX-License-Identifier: Apache-2.0
#pragma once

// The calling side of MLLP: one connection to one peer, plain or TLS, for a thread that may wait.
//
// Every wait ends: with what was waited for, with the peer's end, with its own time, or soon after `cancelled` says so. Faults are of kind
// unavailable and name no content. After a fault the connection is closed; the next send() makes a new one.

#include "base/net/tls.h"
#include "base/result.h"
#include "hl7v2/mllp/frame.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace hl7v2::mllp {

struct Address {
    std::string host;  // a name, or a numeric address
    std::string port;
    // "host:2575", "[::1]:2575"; nothing when it is none.
    static std::optional<Address> read(std::string_view text);
};

struct ClientOptions {
    Address address{};
    std::shared_ptr<const base::net::TlsContext> tls{};    // null: plain
    std::chrono::milliseconds connect{10'000};             // TLS handshake included
    std::chrono::milliseconds answer{60'000};              // from the message's last byte to the reply's; and for sending it
    Options framing{};
};

class Client {
public:
    using Cancelled = std::function<bool()>;

    explicit Client(ClientOptions options) : options_(std::move(options)) {}
    ~Client() { close(); }
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    // Connects, when there is no connection. One that the peer has ended meanwhile is made anew.
    base::Result<void> open(const Cancelled& cancelled = {});
    base::Result<void> send(std::string_view message, const Cancelled& cancelled = {});
    base::Result<std::string> receive(const Cancelled& cancelled = {});  // the next frame's content
    void close();
    bool is_open() const { return socket_ >= 0; }

private:
    using Time = std::chrono::steady_clock::time_point;
    base::Result<void> connect(const Cancelled& cancelled);
    base::Result<void> shake_hands(Time until, const Cancelled& cancelled);
    base::Result<void> wait(short events, Time until, const Cancelled& cancelled, const char* late);
    base::Result<void> write(std::string_view bytes, Time until, const Cancelled& cancelled);
    base::Result<std::string> read(Time until, const Cancelled& cancelled);  // plain bytes, at least one
    bool ended_by_peer();
    base::Fault broken(std::string text);

    ClientOptions options_;
    int socket_ = -1;
    std::unique_ptr<base::net::TlsSession> tls_;
    std::string early_;  // plain bytes that came with the handshake
    Frames frames_;
};

}  // namespace hl7v2::mllp
