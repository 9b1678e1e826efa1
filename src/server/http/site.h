// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a door says, without sockets: a Call comes in whole, an Answer goes out. Two sites exist: FHIR and management.

#include "interaction/call/response.h"
#include "server/http/codec.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace server::http {

// A request that may be kept: owns its text.
struct Call {
    Method method = Method::get;
    std::string target;  // raw, origin form: path and query
    std::vector<std::pair<std::string, std::string>> fields;
    std::string body;
    std::string peer;    // numeric address

    // The first field of that name (any case), or empty.
    std::string_view field(std::string_view name) const;
    // All of them, joined by ", " (RFC 9110 5.3).
    std::string joined(std::string_view name) const;
    std::string_view path() const;
    std::string_view query() const;
};

struct Answer {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> fields;  // without Content-Length, Date and Connection
    std::vector<interaction::Piece> body;
    bool close = false;  // end the connection after it

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
    // A request that never became a Call: framing, limits, time.
    virtual Answer refusal(int status, std::string_view reason) const = 0;
};

}  // namespace server::http
