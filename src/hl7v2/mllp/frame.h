// SPDX-License-Identifier: Apache-2.0
#pragma once

// MLLP framing without a socket (HL7 Transport Specification: MLLP, Release 1): <VT> message <FS><CR>.
//
// Feed bytes as they come, in pieces of any size; take events until there is none. The events do not depend
// on the pieces. Memory is the frame in hand and what was fed and not yet taken. No clock: whoever owns the
// timers asks in_frame() (a half frame that idles) and calls quiet() when nothing came for a moment.
//
//     Frames frames(options);
//     frames.feed(received);
//     while (auto event = frames.next()) ...

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hl7v2::mllp {

constexpr char start_block = '\x0B';
constexpr char end_block = '\x1C';

struct Options {
    // Strict: a frame begins with <VT>, ends with <FS><CR> and nothing else. Tolerant: a line that begins like a message (MSH,
    // FHS, BHS and a separator) begins a frame without <VT> too; <FS><LF>, <FS><VT> and a lone <FS> before quiet() end it as
    // well; <FS> before anything else is a byte of the message, which its parser then refuses.
    bool strict = false;
    std::size_t message = std::size_t{64} << 20;  // bytes of a frame
    std::size_t junk = std::size_t{64} << 10;     // bytes between frames, in a row
};

struct Event {
    enum class Kind {
        message,    // `bytes` is what stood in the frame, perhaps nothing
        junk,       // `count` bytes between frames were passed over
        discarded,  // a frame of `count` bytes was given up: a new one began in it, it ended wrongly, or the peer left
        close       // the connection should be closed; `text` says why, `bytes` how the message began when it was
                    // too long (for an AR). Nothing follows.
    };
    Kind kind = Kind::message;
    std::string bytes{};
    std::size_t count = 0;
    const char* text = "";
};

class Frames {
public:
    explicit Frames(Options options = {}) : options_(options) {}

    void feed(std::string_view bytes);
    std::optional<Event> next();

    // Nothing more came for a while: a lone <FS> ends its frame (tolerant only).
    std::optional<Event> quiet();
    // The peer has closed. Call when next() has nothing more.
    std::optional<Event> end();

    bool in_frame() const { return state_ == State::inside || state_ == State::ending; }

private:
    enum class State { outside, inside, ending, closed };
    std::optional<Event> outside(bool begins);
    std::optional<Event> inside();
    std::optional<Event> ending();
    Event complete();
    Event discard(const char* text);
    Event close(const char* text);
    enum class Start { no, yes, perhaps };
    Start start() const;
    Options options_;
    State state_ = State::outside;
    bool line_start_ = true;    // the byte before was none, or the end of a line or frame
    bool after_frame_ = false;  // a CR or LF that belongs to the frame before is not junk
    std::size_t skipped_ = 0;
    std::string frame_;
    std::string input_;
    std::size_t taken_ = 0;
};

// A message ready for the wire. VT and FS in it, which no message may hold, become spaces.
std::string frame(std::string_view message);

}  // namespace hl7v2::mllp
