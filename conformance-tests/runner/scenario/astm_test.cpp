// SPDX-License-Identifier: Apache-2.0
#include "runner/scenario/astm.h"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

using namespace runner::scenario;

namespace {

// A receiver for one line: answers what it hears as the list says, in turn, and keeps what it heard.
class Receiver {
public:
    explicit Receiver(std::string answers) : answers_(std::move(answers)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
        REQUIRE(::listen(listener_, 1) == 0);
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::jthread([this] { hear(); });
    }
    ~Receiver() {
        ::shutdown(listener_, SHUT_RDWR);
        ::close(listener_);
    }
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    const std::string& heard() {
        thread_.join();
        return heard_;
    }

private:
    void hear() {
        const int line = ::accept(listener_, nullptr, nullptr);
        std::size_t turn = 0;
        char byte = 0;
        while (::recv(line, &byte, 1, 0) == 1) {
            heard_ += byte;
            // ENQ, and the line feed that ends a frame, are answered.
            if ((byte == '\x05' || byte == '\n') && turn < answers_.size() && ::send(line, &answers_[turn++], 1, MSG_NOSIGNAL) != 1) break;
        }
        ::close(line);
    }

    std::string answers_;
    std::string heard_;
    int listener_;
    std::uint16_t port_ = 0;
    std::jthread thread_;
};

constexpr std::chrono::milliseconds patience{5'000};

}  // namespace

TEST_SUITE("runner/scenario/astm") {
    TEST_CASE("a record is a frame with its number and checksum") {
        const auto frames = astm_frames("H|\\^&\rL|1|N\r");
        REQUIRE(frames.size() == 2);
        // The sum of "1H|\^&<CR><ETX>" and of "2L|1|N<CR><ETX>", without its higher byte.
        CHECK(frames[0] == "\x02" "1H|\\^&\r\x03" "E5\r\n");
        CHECK(frames[1] == "\x02" "2L|1|N\r\x03" "05\r\n");
    }

    TEST_CASE("a long record is cut into frames that end with ETB but the last, and numbers go round from 7 to 0") {
        const auto frames = astm_frames(std::string(500, 'x') + '\r');
        REQUIRE(frames.size() == 3);
        CHECK(frames[0][242] == '\x17');
        CHECK(frames[1][242] == '\x17');
        CHECK(frames[2].find('\x03') != std::string::npos);
        const auto many = astm_frames("a\rb\rc\rd\re\rf\rg\rh\ri\r");
        CHECK(many[6][1] == '7');
        CHECK(many[7][1] == '0');
        CHECK(many[8][1] == '1');
    }

    TEST_CASE("establishment, transfer, end; a frame that is refused is sent again") {
        Receiver receiver("\x06\x06\x15\x06");
        CHECK(send_astm(receiver.address(), "H|\\^&\rL|1|N\r", patience));
        const auto frames = astm_frames("H|\\^&\rL|1|N\r");
        CHECK(receiver.heard() == "\x05" + frames[0] + frames[1] + frames[1] + "\x04");
    }

    TEST_CASE("a receiver that is busy, or refuses for ever, is told") {
        Receiver busy("\x15");
        CHECK(send_astm(busy.address(), "L|1|N\r", patience).fault().text.find("busy") != std::string::npos);
        Receiver stubborn("\x06\x15\x15\x15\x15\x15\x15");
        CHECK(send_astm(stubborn.address(), "L|1|N\r", patience).fault().text == "frame 1 is refused");
    }

    TEST_CASE("nobody there is told") { CHECK(send_astm("127.0.0.1:1", "L|1\r", patience).fault().kind == base::Fault::Kind::unavailable); }
}
