// SPDX-License-Identifier: Apache-2.0
#pragma once

// The operator's desk over HTTP, below /desk of the management port (docs/operations.md, "The desk"):
//
//     GET  /desk                        counts
//     GET  /desk/messages               ?status= &channel= &control= &since= &until= &after= &count= &order=newest
//     GET  /desk/messages/N             also /bytes /tree /bundle /trace
//     POST /desk/messages/N/replay      {"by":...}
//     POST /desk/messages/N/edit        {"by":...,"bytes":base64}
//     POST /desk/messages/N/discard     {"by":...,"reason":...}
//     POST /desk/replay                 {"by":...,"status":...,"channel":...,"until":...,"after":...,"count":...}
//
// A message that was run and refused again is no error of the call: 200 with a fault inside.

#include "base/log.h"
#include "exchange/desk.h"
#include "server/http/management_site.h"

namespace server::http {

// `desk`, `log` and `clock` must outlive them. `message`: most bytes of a message.
std::vector<ManagementRoute> desk_routes(exchange::Desk& desk, base::Logger& log, const base::Clock& clock, std::uint64_t message);

}  // namespace server::http
