// SPDX-License-Identifier: Apache-2.0
#include "runner/scenario/astm.h"

#include "hl7v2/mllp/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace runner::scenario {

namespace {

using base::Fault;

constexpr char stx = '\x02', etx = '\x03', eot = '\x04', enq = '\x05', ack = '\x06', nak = '\x15', etb = '\x17';
constexpr std::size_t most_text = 240;
constexpr int most_tries = 6;

Fault unavailable(std::string text) { return {Fault::Kind::unavailable, std::move(text)}; }

std::string frame(std::size_t number, std::string_view text, bool last) {
    std::string counted = fmt::format("{}{}{}", number % 8, text, last ? etx : etb);
    unsigned sum = 0;
    for (const char c : counted) sum += static_cast<unsigned char>(c);
    return fmt::format("{}{}{:02X}\r\n", stx, counted, sum % 256);
}

// A socket for a thread that may wait; closed with it.
class Line {
public:
    explicit Line(std::chrono::milliseconds patience) {
        const auto seconds = std::max<std::int64_t>(std::chrono::duration_cast<std::chrono::seconds>(std::min(patience, std::chrono::milliseconds(15'000))).count(), 1);
        time_.tv_sec = static_cast<decltype(time_.tv_sec)>(seconds);
    }
    ~Line() {
        if (socket_ >= 0) ::close(socket_);
    }
    Line(const Line&) = delete;
    Line& operator=(const Line&) = delete;

    base::Result<void> open(const hl7v2::mllp::Address& address) {
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* found = nullptr;
        if (::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found) != 0) return unavailable("cannot resolve " + address.host);
        const std::unique_ptr<addrinfo, void (*)(addrinfo*)> keep(found, ::freeaddrinfo);
        for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
            socket_ = ::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol);
            if (socket_ < 0) continue;
            ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &time_, sizeof time_);
            ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &time_, sizeof time_);
            if (::connect(socket_, one->ai_addr, one->ai_addrlen) == 0) return {};
            ::close(std::exchange(socket_, -1));
        }
        return unavailable("nobody listens at " + address.host + ':' + address.port);
    }

    bool write(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }

    // ACK, NAK or EOT; what else comes is noise on the line. '\0': nothing came in time, or the line is cut.
    char answer() {
        for (int noise = 0; noise < 1000; ++noise) {
            char byte = 0;
            if (::recv(socket_, &byte, 1, 0) != 1) return '\0';
            if (byte == ack || byte == nak || byte == eot) return byte;
        }
        return '\0';
    }

private:
    int socket_ = -1;
    timeval time_{};
};

}  // namespace

std::vector<std::string> astm_frames(std::string_view records) {
    std::vector<std::string> frames;
    while (!records.empty()) {
        const auto end = records.find('\r');
        std::string_view record = records.substr(0, end == std::string_view::npos ? end : end + 1);
        records.remove_prefix(record.size());
        do {
            const std::string_view part = record.substr(0, most_text);
            record.remove_prefix(part.size());
            frames.push_back(frame(frames.size() + 1, part, record.empty()));
        } while (!record.empty());
    }
    return frames;
}

base::Result<void> send_astm(const std::string& address, std::string_view records, std::chrono::milliseconds patience) {
    const auto to = hl7v2::mllp::Address::read(address);
    if (!to) return Fault{Fault::Kind::invalid, address + " is not HOST:PORT"};
    Line line(patience);
    TRY(line.open(*to));
    if (!line.write(std::string(1, enq))) return unavailable("the line was cut");
    if (const char said = line.answer(); said != ack) return unavailable(said == nak ? "the receiver is busy: it refuses ENQ" : "ENQ is not answered");
    std::size_t number = 0;
    for (const std::string& one : astm_frames(records)) {
        ++number;
        char said = nak;
        for (int tries = 0; tries < most_tries && said == nak; ++tries) {
            if (!line.write(one)) return unavailable("the line was cut");
            said = line.answer();
        }
        if (said == ack || said == eot) continue;  // EOT asks to be let in soon, and accepts (LIS1-A 6.5)
        line.write(std::string(1, eot));
        return unavailable(fmt::format("frame {} is {}", number, said == nak ? "refused" : "not answered"));
    }
    if (!line.write(std::string(1, eot))) return unavailable("the line was cut");
    return {};
}

}  // namespace runner::scenario
