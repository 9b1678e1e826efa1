// SPDX-License-Identifier: Apache-2.0
#include "base/net/connection.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace base::net {

namespace {

constexpr std::size_t gathered = 64;              // pieces in one system call
constexpr std::size_t sealed_at_once = 64 * 1024; // plain bytes encrypted before the kernel takes them
constexpr std::size_t copied_below = 1024;        // a shared body this small is cheaper copied

constexpr std::string_view wrong_door =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 41\r\nConnection: close\r\n\r\n"
    "This port speaks TLS. Use https:// here.\n";

}  // namespace

Connection::Connection(int socket, ConnectionId id, Peer peer, const Limits& limits, std::unique_ptr<TlsSession> tls,
                       Millis now)
    : socket_(socket), id_(id), peer_(std::move(peer)), limits_(limits), tls_(std::move(tls)),
      handshaking_(tls_ != nullptr) {
    read_deadline_ = now + (handshaking_ ? limits_.handshake : limits_.idle);
}

Connection::~Connection() {
    protocol_.reset();
    ::close(socket_);
}

std::string Connection::peer_certificate_subject() const { return tls_ ? tls_->peer_subject() : std::string(); }

std::string& Connection::writing() {
    if (pieces_.empty() || pieces_.back().shared || pieces_.back().own.size() > sealed_at_once) pieces_.emplace_back();
    return pieces_.back().own;
}

void Connection::write(std::string_view bytes) { writing().append(bytes); }

void Connection::write(Bytes body, std::size_t from, std::size_t count) {
    if (count < copied_below) return write(std::string_view(*body).substr(from, count));
    Piece piece;
    piece.shared = std::move(body);
    piece.begin = from;
    piece.end = from + count;
    pieces_.push_back(std::move(piece));
}

void Connection::phase(Phase phase) {
    if (phase_ == phase) return;
    phase_ = phase;
    ++phase_count_;
}

std::size_t Connection::queued() const {
    std::size_t total = sealed_.size() - sealed_sent_;
    for (std::size_t i = first_; i < pieces_.size(); ++i) total += pieces_[i].waiting();
    return total;
}

bool Connection::wants_read() const {
    if (peer_ended_) return false;
    if (lingering_) return true;
    return !paused_ && !congested_ && !closing_;
}

Millis Connection::deadline() const {
    if (blocked_) return std::min(write_deadline_, handshaking_ ? read_deadline_ : never);
    // A peer that we do not read from is not late with its request.
    return wants_read() || handshaking_ || phase_ == Phase::idle ? read_deadline_ : never;
}

void Connection::readable(Millis now, std::string& scratch) {
    if (finished_ || !wants_read()) return;
    const ssize_t count = ::recv(socket_, scratch.data(), scratch.size(), 0);
    if (count < 0) {
        if (errno != EAGAIN && errno != EINTR) finished_ = true;
        return;
    }
    if (lingering_) {
        if (count == 0) finished_ = true;
        return;
    }
    if (count == 0) {
        ended();
    } else {
        window_bytes_ += static_cast<std::size_t>(count);
        received(std::string_view(scratch).substr(0, static_cast<std::size_t>(count)));
    }
    settle(now);
}

void Connection::received(std::string_view bytes) {
    if (!tls_) {
        protocol_->on_bytes(bytes, *this);
        return;
    }
    if (first_bytes_) {
        first_bytes_ = false;
        // A TLS record begins with 22; a capital letter is somebody speaking HTTP to the wrong port.
        if (bytes[0] >= 'A' && bytes[0] <= 'Z') {
            tls_.reset();
            handshaking_ = false;
            tls_failed_ = true;
            write(wrong_door);
            closing_ = true;
            return;
        }
    }
    std::string plain;
    const TlsSession::State state = tls_->feed(bytes, plain, sealed_);
    if (handshaking_ && state != TlsSession::State::handshaking) {
        handshaking_ = false;
        phase(Phase::idle);
    }
    if (!plain.empty()) protocol_->on_bytes(plain, *this);
    if (state == TlsSession::State::failed) {
        tls_failed_ = true;
        pieces_.clear();
        first_ = 0;
        closing_ = true;
    } else if (state == TlsSession::State::ended) {
        ended();
    }
}

void Connection::ended() {
    if (peer_ended_) return;
    peer_ended_ = true;
    if (handshaking_) {
        tls_failed_ = true;
        finished_ = true;
        return;
    }
    protocol_->on_end(*this);
}

void Connection::writable(Millis now) {
    if (finished_) return;
    blocked_ = false;
    settle(now);
}

void Connection::expire(Millis now) {
    if (finished_) return;
    timed_out_ = true;
    if (now >= write_deadline_ || lingering_ || handshaking_) {
        finished_ = true;
        return;
    }
    if (now < read_deadline_) {
        timed_out_ = false;
        return;
    }
    if (phase_ == Phase::body && window_bytes_ * 1000 >= limits_.body_rate * static_cast<std::size_t>(limits_.body_window)) {
        timed_out_ = false;
        window_bytes_ = 0;
        read_deadline_ = now + limits_.body_window;
        return;
    }
    protocol_->on_expired(phase_, *this);
    closing_ = true;
    settle(now);
}

void Connection::drain(Millis now) {
    if (finished_ || lingering_) return;
    if (handshaking_) {
        finished_ = true;
        return;
    }
    protocol_->on_drain(*this);
    settle(now);
}

void Connection::run(const std::function<void(Protocol&, Connection&)>& work, Millis now) {
    if (finished_) return;
    work(*protocol_, *this);
    settle(now);
}

void Connection::start_clock(Millis now) {
    if (handshaking_ || phase_count_ == clock_count_) return;
    clock_count_ = phase_count_;  // a head that goes on has not changed the count and keeps its clock
    switch (phase_) {
        case Phase::idle: read_deadline_ = now + limits_.idle; break;
        case Phase::head: read_deadline_ = now + limits_.head; break;
        case Phase::body: read_deadline_ = now + limits_.body_window; window_bytes_ = 0; break;
        case Phase::working: read_deadline_ = never; break;
    }
}

void Connection::settle(Millis now) {
    if (finished_) return;
    start_clock(now);
    flush(now);
    while (congested_ && !finished_ && !closing_ && queued() <= limits_.low_water) {
        congested_ = false;
        protocol_->on_room(*this);
        start_clock(now);
        flush(now);
    }
    if (finished_ || blocked_ || !closing_ || lingering_) return;
    // Everything is sent. Closing at once could destroy it on its way (RFC 9112 9.6), so the peer goes first.
    if (tls_ && tls_->state() == TlsSession::State::open) {
        tls_->end(sealed_);
        flush(now);
        if (finished_ || blocked_) return;
    }
    if (peer_ended_) {
        finished_ = true;
        return;
    }
    ::shutdown(socket_, SHUT_WR);
    lingering_ = true;
    phase_ = Phase::idle;
    read_deadline_ = now + limits_.linger;
}

void Connection::flush(Millis now) {
    if (!blocked_) {
        const bool all = tls_ || !sealed_.empty() ? send_sealed(now) : send_pieces(now);
        blocked_ = !all && !finished_;
    }
    if (!blocked_) {
        // A long answer has just left: only now the peer is idle.
        if (write_deadline_ != never && phase_ == Phase::idle && !handshaking_) read_deadline_ = now + limits_.idle;
        write_deadline_ = never;
    } else if (write_deadline_ == never) {
        write_deadline_ = now + limits_.write_stall;
    }
    if (blocked_ && !congested_ && queued() > limits_.high_water) congested_ = true;
}

// Both return true when nothing is left.
bool Connection::send_pieces(Millis now) {
    for (;;) {
        iovec parts[gathered];
        std::size_t count = 0;
        std::size_t total = 0;
        for (std::size_t i = first_; i < pieces_.size() && count < gathered; ++i) {
            const Piece& piece = pieces_[i];
            if (piece.waiting() == 0) continue;
            parts[count++] = {const_cast<char*>(piece.start()), piece.waiting()};
            total += piece.waiting();
        }
        if (count == 0) return true;
        ssize_t sent;
        if (count == 1) {
            sent = ::send(socket_, parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL);
        } else {
            msghdr message{};
            message.msg_iov = parts;
            message.msg_iovlen = count;
            sent = ::sendmsg(socket_, &message, MSG_NOSIGNAL);
        }
        if (sent < 0) {
            if (errno == EINTR) continue;
            if (errno != EAGAIN) finished_ = true;
            return false;
        }
        if (sent > 0 && write_deadline_ != never) write_deadline_ = now + limits_.write_stall;
        took(static_cast<std::size_t>(sent));
        if (static_cast<std::size_t>(sent) < total) return false;
    }
}

void Connection::took(std::size_t count) {
    while (first_ < pieces_.size()) {
        Piece& piece = pieces_[first_];
        const std::size_t part = std::min(count, piece.waiting());
        piece.begin += part;
        count -= part;
        if (piece.waiting() > 0) {
            if (first_ >= gathered) {
                pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
                first_ = 0;
            }
            return;
        }
        if (first_ + 1 == pieces_.size()) break;
        piece.shared.reset();
        piece.own = std::string();
        ++first_;
    }
    // Empty. One piece is kept with its memory: the next answer will be about as long.
    first_ = 0;
    if (pieces_.size() == 1 && !pieces_[0].shared && pieces_[0].own.capacity() <= 64 * 1024) {
        pieces_[0].own.clear();
        pieces_[0].begin = 0;
    } else {
        pieces_.clear();
    }
}

bool Connection::send_sealed(Millis now) {
    for (;;) {
        while (sealed_sent_ < sealed_.size()) {
            const ssize_t sent = ::send(socket_, sealed_.data() + sealed_sent_, sealed_.size() - sealed_sent_, MSG_NOSIGNAL);
            if (sent < 0) {
                if (errno == EINTR) continue;
                if (errno != EAGAIN) finished_ = true;
                return false;
            }
            sealed_sent_ += static_cast<std::size_t>(sent);
            if (write_deadline_ != never) write_deadline_ = now + limits_.write_stall;
        }
        sealed_.clear();
        sealed_sent_ = 0;
        if (sealed_.capacity() > 4 * sealed_at_once) sealed_ = std::string();
        std::size_t room = sealed_at_once;
        while (room > 0) {
            std::size_t next = first_;
            while (next < pieces_.size() && pieces_[next].waiting() == 0) ++next;
            if (next == pieces_.size()) break;
            const Piece& piece = pieces_[next];
            const std::size_t part = std::min(room, piece.waiting());
            if (!tls_ || !tls_->seal({piece.start(), part}, sealed_)) {
                finished_ = !handshaking_;  // the session is over and so is what waited for it
                break;
            }
            room -= part;
            took(part);
        }
        if (sealed_.empty()) return true;
    }
}

}  // namespace base::net
