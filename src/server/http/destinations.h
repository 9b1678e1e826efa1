// SPDX-License-Identifier: Apache-2.0
#pragma once

// What an operator may see and do about messages on their way out, as JSON on the management port:
//
//     GET  /destinations                                    all of them: counts, connection, trouble
//     GET  /destinations/NAME/messages?status=&after=&count=  without their bytes
//     GET  /destinations/messages/NUMBER                    with its bytes and the last answer: patient data
//     POST /destinations/NAME/pause   .../resume
//     POST /destinations/messages/NUMBER/replay   .../discard?reason=

#include "exchange/outbound.h"
#include "server/http/management_site.h"

#include <functional>
#include <vector>

namespace server::http {

// `outbound` is asked when a route is used; what it gives outlives the routes.
std::vector<ManagementRoute> destination_routes(std::function<exchange::Outbound&()> outbound);

}  // namespace server::http
