// SPDX-License-Identifier: Apache-2.0
#include "hl7v2/mllp/frame.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace hl7v2::mllp {
namespace {

// Enough of a message that is too long to answer its sender.
constexpr std::size_t header_bytes = 4096;

bool is_line_end(char c) { return c == '\r' || c == '\n'; }

}  // namespace

void Frames::feed(std::string_view bytes) {
    if (state_ == State::closed) return;
    if (taken_ > input_.size() / 2 || taken_ == input_.size()) {
        input_.erase(0, taken_);
        taken_ = 0;
    }
    input_ += bytes;
}

Event Frames::complete() {
    state_ = State::outside;
    after_frame_ = true;
    line_start_ = true;
    skipped_ = 0;
    Event event{Event::Kind::message, std::exchange(frame_, {}), 0, ""};
    event.count = event.bytes.size();
    return event;
}

Event Frames::discard(const char* text) {
    Event event{Event::Kind::discarded, {}, frame_.size(), text};
    frame_.clear();
    return event;
}

Event Frames::close(const char* text) {
    Event event{Event::Kind::close, {}, std::max(skipped_, frame_.size()), text};
    if (state_ == State::inside || state_ == State::ending) event.bytes = frame_.substr(0, header_bytes);
    state_ = State::closed;
    frame_ = {};
    input_ = {};
    taken_ = 0;
    return event;
}

// Does a message begin at the next byte, without its start block?
Frames::Start Frames::start() const {
    if (options_.strict || !line_start_) return Start::no;
    const std::string_view rest = std::string_view(input_).substr(taken_, 4);
    for (const std::string_view name : {"MSH", "FHS", "BHS"}) {
        if (!name.starts_with(rest.substr(0, 3))) continue;
        if (rest.size() < 4) return Start::perhaps;
        return std::isalnum(static_cast<unsigned char>(rest[3])) != 0 || rest[3] <= ' ' ? Start::no : Start::yes;
    }
    return Start::no;
}

// Once closed there is no input, and none comes in.
std::optional<Event> Frames::next() {
    while (taken_ < input_.size()) {
        if (state_ == State::outside) {
            const Start begins = start();
            if (begins == Start::perhaps) return std::nullopt;
            if (auto event = outside(begins == Start::yes)) return event;
        } else if (auto event = state_ == State::inside ? inside() : ending()) {
            return event;
        }
    }
    return std::nullopt;
}

std::optional<Event> Frames::outside(bool begins) {
    const char c = input_[taken_];
    if (!begins) ++taken_;
    if (begins || c == start_block) {
        state_ = State::inside;
        after_frame_ = false;
        const auto skipped = std::exchange(skipped_, 0);
        if (skipped > 0) return Event{Event::Kind::junk, {}, skipped, "bytes between frames"};
    } else if (!(after_frame_ && is_line_end(c))) {
        after_frame_ = false;
        line_start_ = is_line_end(c);
        if (++skipped_ >= options_.junk) return close("no start of a message");
    }
    return std::nullopt;
}

std::optional<Event> Frames::inside() {
    const auto begin = taken_;
    while (taken_ < input_.size() && input_[taken_] != start_block && input_[taken_] != end_block) ++taken_;
    const auto length = taken_ - begin;
    const bool over = length > options_.message - frame_.size();
    frame_.append(input_, begin, std::min(length, options_.message - frame_.size()));
    if (over) return close("the message is too long");
    if (taken_ == input_.size()) return std::nullopt;
    if (input_[taken_++] != end_block) return discard("a new message began inside");
    state_ = State::ending;
    return std::nullopt;
}

std::optional<Event> Frames::ending() {
    const char c = input_[taken_];
    if (c == '\r' || (c == '\n' && !options_.strict)) {
        ++taken_;
        auto event = complete();
        after_frame_ = !options_.strict;
        return event;
    }
    if (options_.strict) {
        // The byte itself is looked at again: it may begin the next frame.
        state_ = State::outside;
        return discard("the message did not end with FS and CR");
    }
    if (c == start_block) return complete();
    if (frame_.size() == options_.message) return close("the message is too long");
    frame_ += end_block;
    state_ = State::inside;
    return std::nullopt;
}

std::optional<Event> Frames::quiet() {
    if (state_ != State::ending || options_.strict || taken_ < input_.size()) return std::nullopt;
    return complete();
}

std::optional<Event> Frames::end() {
    if (auto event = quiet()) return event;
    if (!in_frame()) return std::nullopt;
    state_ = State::outside;
    return discard("the peer closed inside a message");
}

std::string frame(std::string_view message) {
    std::string out;
    out.reserve(message.size() + 3);
    out += start_block;
    out += message;
    std::replace_if(out.begin() + 1, out.end(), [](char c) { return c == start_block || c == end_block; }, ' ');
    out += end_block;
    out += '\r';
    return out;
}

}  // namespace hl7v2::mllp
