// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/mllp/client.h"

#include "base/text.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace hl7v2::mllp {

using base::Fault;
using base::net::TlsSession;
using std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds slice{100};  // how often `cancelled` is asked

}  // namespace

std::optional<Address> Address::read(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    std::string_view host = text.substr(0, colon);
    const auto port = base::to_integer(text.substr(colon + 1));
    if (!port || *port < 1 || *port > 65535) return std::nullopt;
    const bool bracketed = host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    // An address with colons stands in brackets (RFC 3986 3.2.2), nothing else does, and nothing has any inside.
    if (host.empty() || bracketed != (host.find(':') != std::string_view::npos) || host.find_first_of("[]") != std::string_view::npos) return std::nullopt;
    return Address{std::string(host), std::to_string(*port)};
}

Fault Client::broken(std::string text) {
    close();
    return {Fault::Kind::unavailable, std::move(text)};
}

void Client::close() {
    if (socket_ >= 0) {
        if (tls_) {
            std::string sealed;
            tls_->end(sealed);
            (void)::send(socket_, sealed.data(), sealed.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        }
        ::close(socket_);
    }
    socket_ = -1;
    tls_.reset();
    early_.clear();
    frames_ = Frames(options_.framing);
}

// Bytes that nobody asked for, or its end: either way the connection is no good for a new message.
bool Client::ended_by_peer() {
    char byte = 0;
    const auto count = ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

base::Result<void> Client::open(const Cancelled& cancelled) {
    if (socket_ >= 0 && ended_by_peer()) close();
    return socket_ >= 0 ? base::Result<void>() : connect(cancelled);
}

base::Result<void> Client::connect(const Cancelled& cancelled) {
    frames_ = Frames(options_.framing);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const std::string name = options_.address.host + ":" + options_.address.port;
    if (::getaddrinfo(options_.address.host.c_str(), options_.address.port.c_str(), &hints, &found) != 0) return broken("cannot resolve " + name);
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> keep(found, ::freeaddrinfo);
    const Time until = steady_clock::now() + options_.connect;
    std::string why = "nobody listens at " + name;
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
        socket_ = ::socket(one->ai_family, one->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, one->ai_protocol);
        if (socket_ < 0) continue;
        if (::connect(socket_, one->ai_addr, one->ai_addrlen) != 0) {
            int error = errno;
            if (error == EINPROGRESS) {
                if (const auto ready = wait(POLLOUT, until, cancelled, "nobody answers"); !ready) {
                    why = ready.fault().text + " at " + name;
                    continue;  // closed
                }
                socklen_t size = sizeof error;
                ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size);
            }
            if (error != 0) {
                close();
                continue;
            }
        }
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        ::setsockopt(socket_, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
        return options_.tls ? shake_hands(until, cancelled) : base::Result<void>();
    }
    return broken(std::move(why));
}

base::Result<void> Client::shake_hands(Time until, const Cancelled& cancelled) {
    auto session = std::make_unique<TlsSession>(options_.tls);
    std::string sealed;
    std::string records;
    auto state = session->feed({}, early_, sealed);
    for (;;) {
        if (!sealed.empty()) {
            TRY(write(sealed, until, cancelled));
            sealed.clear();
        }
        if (state == TlsSession::State::open) break;
        if (state != TlsSession::State::handshaking) return broken("TLS: " + session->failure());
        TRY(records, read(until, cancelled));
        state = session->feed(records, early_, sealed);
    }
    tls_ = std::move(session);
    return {};
}

base::Result<void> Client::wait(short events, Time until, const Cancelled& cancelled, const char* late) {
    for (;;) {
        if (cancelled && cancelled()) return broken("stopped");
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - steady_clock::now());
        if (left.count() <= 0) return broken(late);
        pollfd one{socket_, events, 0};
        const int ready = ::poll(&one, 1, static_cast<int>((cancelled ? std::min(left, slice) : left).count()) + 1);
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return broken("the connection broke");
    }
}

base::Result<void> Client::write(std::string_view bytes, Time until, const Cancelled& cancelled) {
    while (!bytes.empty()) {
        const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(count));
        } else if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
            TRY(wait(POLLOUT, until, cancelled, "the peer takes nothing more"));
        } else {
            return broken("the connection broke while sending");
        }
    }
    return {};
}

base::Result<std::string> Client::read(Time until, const Cancelled& cancelled) {
    if (!early_.empty()) return std::exchange(early_, {});
    char buffer[16384];
    for (;;) {
        const auto count = ::recv(socket_, buffer, sizeof buffer, 0);
        if (count == 0) return broken("the peer closed the connection");
        if (count < 0) {
            if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return broken("the connection broke");
            TRY(wait(POLLIN, until, cancelled, "no answer came in time"));
            continue;
        }
        const std::string_view bytes(buffer, static_cast<std::size_t>(count));
        if (!tls_) return std::string(bytes);
        std::string plain, sealed;
        const auto state = tls_->feed(bytes, plain, sealed);
        if (!sealed.empty()) TRY(write(sealed, until, cancelled));
        if (!plain.empty()) return plain;
        if (state != TlsSession::State::open)
            return broken(state == TlsSession::State::ended ? "the peer closed the connection" : "TLS: " + tls_->failure());
    }
}

base::Result<void> Client::send(std::string_view message, const Cancelled& cancelled) {
    TRY(open(cancelled));
    const Time until = steady_clock::now() + options_.answer;
    const std::string framed = frame(message);
    if (!tls_) return write(framed, until, cancelled);
    std::string sealed;
    if (!tls_->seal(framed, sealed)) return broken("TLS: the session has ended");
    return write(sealed, until, cancelled);
}

base::Result<std::string> Client::receive(const Cancelled& cancelled) {
    if (socket_ < 0) return Fault{Fault::Kind::unavailable, "there is no connection"};
    const Time until = steady_clock::now() + options_.answer;
    for (;;) {
        while (auto event = frames_.next()) {
            if (event->kind == Event::Kind::message) return std::move(event->bytes);
            if (event->kind == Event::Kind::close) return broken(std::string("the answer is no frame: ") + event->text);
        }
        TRY(const std::string bytes, read(until, cancelled));
        frames_.feed(bytes);
    }
}

}  // namespace hl7v2::mllp
