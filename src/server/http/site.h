// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a door says, without sockets: a Call comes in whole, an Answer goes out. Two sites exist: FHIR and management.

#include "interaction/call/response.h"
#include "server/http/answer.h"
#include "server/http/codec.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace server::http {

// A whole request. Views into the codec's memory, or into a Kept's.
struct Call {
    Method method = Method::get;
    std::string_view target;        // raw, origin form: path and query
    std::span<const Field> fields;  // in order, all occurrences
    std::string_view body;
    std::string_view peer;          // numeric address
    std::string* owned = nullptr;   // the body's memory: whoever has read a long body may clear it, and the body is gone

    std::string_view field(std::string_view name) const;  // the first of that name (any case), or empty
    std::string joined(std::string_view name) const;      // all of them, joined by ", " (RFC 9110 5.3)
    std::string_view path() const;
    std::string_view query() const;
};

// A Call that outlives the bytes it came in: for answers that are made on another thread. `body` is the call's own.
class Kept {
public:
    Kept(const Call& call, std::string body);
    Kept(const Kept&) = delete;
    Kept& operator=(const Kept&) = delete;
    const Call& call() const { return call_; }

private:
    std::string text_;
    std::string body_;
    std::vector<Field> fields_;
    Call call_;
};

struct Answer {
    int status = 200;
    FieldLines fields{};
    std::vector<interaction::Piece> body{};
    bool packable = true;  // false: its bytes are to arrive as they are

    std::size_t size() const;
};

class Site {
public:
    virtual ~Site() = default;
    // The most bytes that the body of this request may have; 0 = none.
    virtual std::uint64_t body_limit(const Head& head) const = 0;
    // Cheap enough for the thread that reads the socket.
    virtual bool quick(const Call& call) const = 0;
    // Never throws for what a client sent. Any thread.
    virtual Answer answer(const Call& call) = 0;
    // For a request that never became a Call: framing, limits, time, no room.
    virtual Answer refusal(int status, std::string_view reason) const = 0;
};

}  // namespace server::http
