// SPDX-License-Identifier: Apache-2.0
#include "base/net/listener.h"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>

namespace base::net {

namespace {

struct Address {
    sockaddr_storage storage{};
    socklen_t length = 0;
    bool both = false;  // IPv6 socket that takes IPv4 too

    sockaddr* raw() { return reinterpret_cast<sockaddr*>(&storage); }
};

std::optional<Address> parse(const std::string& text, std::uint16_t port) {
    Address address;
    auto* four = reinterpret_cast<sockaddr_in*>(&address.storage);
    auto* six = reinterpret_cast<sockaddr_in6*>(&address.storage);
    const std::string numeric = text == "localhost" ? "127.0.0.1" : text;
    if (inet_pton(AF_INET, numeric.c_str(), &four->sin_addr) == 1) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        address.length = sizeof *four;
        return address;
    }
    address.both = numeric == "*" || numeric.empty();
    if (address.both || inet_pton(AF_INET6, numeric.c_str(), &six->sin6_addr) == 1) {
        if (address.both) six->sin6_addr = in6addr_any;
        six->sin6_family = AF_INET6;
        six->sin6_port = htons(port);
        address.length = sizeof *six;
        return address;
    }
    return std::nullopt;
}

Fault refused(const std::string& address, std::uint16_t port, const char* what) {
    return {Fault::Kind::unavailable, fmt::format("cannot listen at {} port {}: {}: {}", address, port, what, std::strerror(errno))};
}

void set(int socket, int level, int option, int value) { ::setsockopt(socket, level, option, &value, sizeof value); }

int make_socket(const Address& address) {
    const int socket = ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (socket < 0) return socket;
    set(socket, SOL_SOCKET, SO_REUSEADDR, 1);
    if (address.storage.ss_family == AF_INET6) set(socket, IPPROTO_IPV6, IPV6_V6ONLY, address.both ? 0 : 1);
    return socket;
}

}  // namespace

Result<Listener> listen_at(const std::string& text, std::uint16_t port, int backlog, bool first) {
    auto address = parse(text, port);
    if (!address)
        return Fault{Fault::Kind::invalid, fmt::format("{} is not a numeric address; write 127.0.0.1, :: or *", text)};
    if (first && port != 0) {
        const int probe = make_socket(*address);
        if (probe < 0) return refused(text, port, "socket");
        const bool free = ::bind(probe, address->raw(), address->length) == 0;
        const Fault fault = refused(text, port, "bind");
        ::close(probe);
        if (!free) return fault;
    }
    const int socket = make_socket(*address);
    if (socket < 0) return refused(text, port, "socket");
    set(socket, SOL_SOCKET, SO_REUSEPORT, 1);
    if (::bind(socket, address->raw(), address->length) != 0 || ::listen(socket, backlog) != 0) {
        Fault fault = refused(text, port, "bind");
        ::close(socket);
        return fault;
    }
    Address bound;
    bound.length = sizeof bound.storage;
    ::getsockname(socket, bound.raw(), &bound.length);
    const std::uint16_t raw_port = bound.storage.ss_family == AF_INET
                                       ? reinterpret_cast<sockaddr_in*>(&bound.storage)->sin_port
                                       : reinterpret_cast<sockaddr_in6*>(&bound.storage)->sin6_port;
    return Listener{socket, ntohs(raw_port)};
}

Accepted accept_from(int listener) {
    Accepted accepted;
    Address from;
    for (;;) {
        from.length = sizeof from.storage;
        accepted.socket = ::accept4(listener, from.raw(), &from.length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted.socket >= 0) break;
        // A peer that gave up while it waited is not our error (accept(2)).
        if (errno == EINTR || errno == ECONNABORTED || errno == EPROTO) continue;
        accepted.exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        return accepted;
    }
    set(accepted.socket, IPPROTO_TCP, TCP_NODELAY, 1);
    char text[INET6_ADDRSTRLEN] = "";
    if (from.storage.ss_family == AF_INET) {
        const auto* four = reinterpret_cast<const sockaddr_in*>(&from.storage);
        inet_ntop(AF_INET, &four->sin_addr, text, sizeof text);
        accepted.peer = {text, ntohs(four->sin_port)};
    } else {
        const auto* six = reinterpret_cast<const sockaddr_in6*>(&from.storage);
        if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) inet_ntop(AF_INET, &six->sin6_addr.s6_addr[12], text, sizeof text);
        else inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof text);
        accepted.peer = {text, ntohs(six->sin6_port)};
    }
    return accepted;
}

bool PeerTable::enter(const std::string& address, Millis now) {
    if (most_ == 0 && rate_ == 0) return true;
    const std::lock_guard lock(mutex_);
    if (entries_.size() > 100'000)  // rates of peers that are long gone
        std::erase_if(entries_, [now](const auto& entry) { return entry.second.open == 0 && entry.second.second != now / 1000; });
    Entry& entry = entries_[address];
    if (entry.second != now / 1000) {
        entry.second = now / 1000;
        entry.begun = 0;
    }
    if ((most_ != 0 && entry.open >= most_) || (rate_ != 0 && entry.begun >= rate_)) return false;
    ++entry.open;
    ++entry.begun;
    return true;
}

void PeerTable::leave(const std::string& address) {
    if (most_ == 0 && rate_ == 0) return;
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(address);
    if (found == entries_.end()) return;
    if (found->second.open > 0) --found->second.open;
    if (found->second.open == 0 && rate_ == 0) entries_.erase(found);
}

}  // namespace base::net
