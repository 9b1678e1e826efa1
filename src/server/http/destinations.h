// SPDX-License-Identifier: Apache-2.0
#pragma once

// What an operator may see and do about messages on their way out, as JSON on the management port:
//
//     GET  /destinations                                    all of them: counts, connection, trouble
//     GET  /destinations/NAME/messages?status=&after=&count=  without their bytes
//     GET  /destinations/messages/NUMBER                    with its bytes and the last answer: patient data
//     POST /destinations/NAME/pause   .../resume
//     POST /destinations/messages/NUMBER/replay   .../discard?reason=
//
// A POST needs Content-Type: application/json, which no page of another origin can send unasked.

#include "exchange/outbound.h"
#include "server/http/site.h"

#include <optional>

namespace server::http {

// Nothing when the path is not of these.
std::optional<Answer> answer_destinations(const Call& call, exchange::Outbound& outbound);

}  // namespace server::http
