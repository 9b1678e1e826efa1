// SPDX-License-Identifier: Apache-2.0
#pragma once

// A blocking loopback client for tests. Nothing here waits longer than ten seconds.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace base::net {

class TestClient {
public:
    TestClient() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        const timeval patience{10, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    }
    explicit TestClient(std::uint16_t port) : TestClient() { connect(port); }
    ~TestClient() { close(); }
    TestClient(TestClient&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
    TestClient& operator=(TestClient&&) = delete;

    bool connect(std::uint16_t port) const {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return ::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    bool send(std::string_view bytes) const {
        return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
    }
    void end() const { ::shutdown(socket_, SHUT_WR); }
    // Whatever comes next; empty at the end or when the connection was cut.
    std::string some() const {
        std::string bytes(65536, '\0');
        const ssize_t count = ::recv(socket_, bytes.data(), bytes.size(), 0);
        bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
        return bytes;
    }
    std::string exactly(std::size_t count) const {
        std::string bytes(count, '\0');
        const ssize_t got = ::recv(socket_, bytes.data(), count, MSG_WAITALL);
        bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return bytes;
    }
    std::string rest() const {
        std::string all;
        for (std::string part = some(); !part.empty(); part = some()) all += part;
        return all;
    }
    // Closes with a reset in place of a farewell.
    void cut() {
        const linger at_once{1, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close();
    }
    void close() {
        if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    }

private:
    int socket_;
};

}  // namespace base::net
