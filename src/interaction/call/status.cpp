// SPDX-License-Identifier: Apache-2.0
#include "interaction/call/status.h"

#include <cstdlib>

namespace interaction {

const char* spelling(Response::Status status) {
    switch (status) {
        case Response::Status::ok: return "200 OK";
        case Response::Status::created: return "201 Created";
        case Response::Status::accepted: return "202 Accepted";
        case Response::Status::no_content: return "204 No Content";
        case Response::Status::not_modified: return "304 Not Modified";
    }
    return "200 OK";
}

const char* spelling(base::Fault::Kind kind) {
    using Kind = base::Fault::Kind;
    switch (kind) {
        case Kind::malformed: return "400 Bad Request";
        case Kind::invalid: return "422 Unprocessable Entity";
        case Kind::unsupported: return "501 Not Implemented";
        case Kind::unknown: return "401 Unauthorized";
        case Kind::denied: return "403 Forbidden";
        case Kind::missing: return "404 Not Found";
        case Kind::gone: return "410 Gone";
        case Kind::stale: return "412 Precondition Failed";
        case Kind::ambiguous: return "412 Precondition Failed";
        case Kind::conflict: return "409 Conflict";
        case Kind::too_large: return "413 Content Too Large";
        case Kind::too_costly: return "400 Bad Request";
        case Kind::unavailable: return "503 Service Unavailable";
        case Kind::bug: return "500 Internal Server Error";
    }
    return "500 Internal Server Error";
}

int number(Response::Status status) { return std::atoi(spelling(status)); }
int number(base::Fault::Kind kind) { return std::atoi(spelling(kind)); }

}  // namespace interaction
