// SPDX-License-Identifier: Apache-2.0
#pragma once

// Delete history: DELETE [type]/[id]/_history takes away all versions but the current one, DELETE [type]/[id]/_history/[vid] one
// of them. R4 has no such interaction; this is that of later versions of the standard. For administrators (Plan::administers).
// The ledger keeps positions, times and hashes; bodies are overwritten in the database.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

base::Result<Response> forget(const Request& request, const Context& context);

// 1 .. the version before `version`.
std::vector<std::int64_t> versions_before(std::int64_t version);

// Fault (denied) for everybody but administrators.
base::Result<void> check_administers(const Request& request);

}  // namespace interaction
