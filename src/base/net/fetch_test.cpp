// SPDX-License-Identifier: Apache-2.0
#include "base/net/fetch.h"

#include <doctest/doctest.h>

#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

// Listens on a free port of loopback and answers one request with the bytes it was given.
class Once {
public:
    explicit Once(std::string answer) : answer_(std::move(answer)), listening_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        REQUIRE(::bind(listening_, reinterpret_cast<sockaddr*>(&address), size) == 0);
        REQUIRE(::listen(listening_, 1) == 0);
        REQUIRE(::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
        port = ntohs(address.sin_port);
        thread_ = std::thread([this] {
            const int peer = ::accept(listening_, nullptr, nullptr);
            char buffer[4096];
            // The head comes at once, the body ("ping") may come behind it.
            while (asked.find("\r\n\r\n") == std::string::npos || (asked.starts_with("POST") && !asked.ends_with("ping"))) {
                const auto count = ::recv(peer, buffer, sizeof buffer, 0);
                if (count <= 0) break;
                asked.append(buffer, static_cast<std::size_t>(count));
            }
            (void)::send(peer, answer_.data(), answer_.size(), MSG_NOSIGNAL);
            ::close(peer);
        });
    }
    ~Once() {
        join();
        ::close(listening_);
    }
    void join() {
        if (thread_.joinable()) thread_.join();
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port) + "/x"; }

    std::uint16_t port = 0;
    std::string asked;

private:
    std::string answer_;
    int listening_;
    std::thread thread_;
};

}  // namespace

TEST_SUITE("base/net/fetch") {
    TEST_CASE("a request goes out and its answer comes back") {
        Once server("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone");
        const auto got = base::net::fetch({.url = server.url(), .method = "POST", .fields = {"Content-Type: application/json"}, .body = "ping"});
        server.join();
        REQUIRE(got);
        CHECK(got->status == 404);
        CHECK(got->body == "none");
        CHECK(server.asked.starts_with("POST /x HTTP/1.1\r\n"));
        CHECK(server.asked.find("Content-Type: application/json\r\n") != std::string::npos);
    }
    TEST_CASE("redirects are answers, and long answers are refused") {
        Once moved("HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n");
        const auto got = base::net::fetch({.url = moved.url()});
        REQUIRE(got);
        CHECK(got->status == 302);
        Once much("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789");
        const auto refused = base::net::fetch({.url = much.url(), .most = 5});
        REQUIRE_FALSE(refused);
        CHECK(refused.fault().kind == base::Fault::Kind::too_large);
    }
    TEST_CASE("other machines are not asked, and silence is a fault") {
        const auto other = base::net::fetch({.url = "http://192.0.2.1:80/"});
        REQUIRE_FALSE(other);
        CHECK(other.fault().kind == base::Fault::Kind::denied);
        const auto file = base::net::fetch({.url = "file:///etc/hostname"});
        REQUIRE_FALSE(file);
        CHECK(file.fault().kind == base::Fault::Kind::unavailable);
        Once gone("");
        const auto nothing = base::net::fetch({.url = gone.url()});
        REQUIRE_FALSE(nothing);
        CHECK(nothing.fault().kind == base::Fault::Kind::unavailable);
    }
}
