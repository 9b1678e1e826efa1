// SPDX-License-Identifier: Apache-2.0
// Sends HL7 v2 messages over MLLP, one connection, each after the answer to the one before.
#include "app/commands.h"
#include "base/text.h"
#include "hl7v2/mllp/frame.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

namespace app::commands {

namespace {

using base::Fault;

constexpr std::string_view usage =
    "usage: andiron send FILE... [--to HOST:PORT] [--quiet]\n\n"
    "Sends each file as one HL7 v2 message over MLLP (default 127.0.0.1:2575), waits for each answer and prints it.\n"
    "Exit 0 when every answer was positive (AA or CA), 65 when one was not, 69 when there was none.\n";

class Peer {
public:
    explicit Peer(int socket) : socket_(socket) {}
    Peer(Peer&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
    ~Peer() {
        if (socket_ >= 0) ::close(socket_);
    }

    static base::Result<Peer> connect(const std::string& address) {
        const auto colon = address.rfind(':');
        if (colon == std::string::npos) return Fault{Fault::Kind::unsupported, "--to takes HOST:PORT"};
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* found = nullptr;
        if (::getaddrinfo(address.substr(0, colon).c_str(), address.substr(colon + 1).c_str(), &hints, &found) != 0)
            return Fault{Fault::Kind::missing, "cannot resolve " + address};
        int handle = -1;
        for (const addrinfo* one = found; one && handle < 0; one = one->ai_next) {
            handle = ::socket(one->ai_family, one->ai_socktype, one->ai_protocol);
            if (handle >= 0 && ::connect(handle, one->ai_addr, one->ai_addrlen) != 0) {
                ::close(handle);
                handle = -1;
            }
        }
        ::freeaddrinfo(found);
        if (handle < 0) return Fault{Fault::Kind::unavailable, "nobody listens at " + address};
        const timeval patience{60, 0};
        ::setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        return Peer(handle);
    }

    base::Result<std::string> exchange(std::string_view message) {
        const std::string framed = hl7v2::mllp::frame(message);
        for (std::size_t sent = 0; sent < framed.size();) {
            const auto count = ::send(socket_, framed.data() + sent, framed.size() - sent, MSG_NOSIGNAL);
            if (count <= 0) return Fault{Fault::Kind::unavailable, "the connection broke while sending"};
            sent += static_cast<std::size_t>(count);
        }
        char buffer[16384];
        for (;;) {
            while (auto event = frames_.next())
                if (event->kind == hl7v2::mllp::Event::Kind::message) return std::move(event->bytes);
            const auto count = ::recv(socket_, buffer, sizeof buffer, 0);
            if (count <= 0) return Fault{Fault::Kind::unavailable, "no answer came"};
            frames_.feed({buffer, static_cast<std::size_t>(count)});
        }
    }

private:
    int socket_;
    hl7v2::mllp::Frames frames_;
};

// MSA-1 of an answer, found without understanding the rest.
std::string_view code_of(std::string_view answer) {
    const auto at = answer.find("\rMSA");
    return at == std::string_view::npos || at + 7 > answer.size() ? std::string_view{} : answer.substr(at + 5, 2);
}

}  // namespace

int send(const Arguments& arguments) {
    std::string to = "127.0.0.1:2575";
    bool quiet = false;
    Arguments files;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == "--help") {
            fmt::print("{}", usage);
            return 0;
        }
        if (arguments[i] == "--quiet") {
            quiet = true;
        } else if (arguments[i] == "--to" && i + 1 < arguments.size()) {
            to = arguments[++i];
        } else if (arguments[i].starts_with("--")) {
            return wrong_usage("unknown flag " + arguments[i], "send");
        } else {
            files.push_back(arguments[i]);
        }
    }
    if (files.empty()) return wrong_usage("no file given", "send");
    auto peer = Peer::connect(to);
    if (!peer) {
        const int code = fail(peer.fault());
        return code == 64 ? code : 69;
    }
    std::size_t refused = 0;
    const auto begin = std::chrono::steady_clock::now();
    for (const std::string& file : files) {
        const auto message = read_file(file);
        if (!message) return fail(message.fault());
        const auto answer = peer->exchange(*message);
        if (!answer) {
            fail(answer.fault());
            return 69;
        }
        const std::string_view code = code_of(*answer);
        if (code != "AA" && code != "CA") ++refused;
        if (!quiet) std::fwrite(answer->data(), 1, answer->size(), stdout);
    }
    if (files.size() > 1) {
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        fmt::print(stderr, "{} messages in {:.2f} s ({:.0f}/s), {} not accepted\n", files.size(), seconds,
                   static_cast<double>(files.size()) / seconds, refused);
    }
    return refused == 0 ? 0 : 65;
}

}  // namespace app::commands
