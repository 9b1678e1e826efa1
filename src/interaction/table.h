// SPDX-License-Identifier: Apache-2.0
#pragma once

// The table that dispatch runs and the CapabilityStatement is printed from: a verb without a row does not exist.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

#include <span>
#include <vector>

namespace interaction {

struct Row {
    Verb verb;
    // One of the two, or both when a request that comes alone can be answered faster. A reading verb answers from the
    // snapshot that it is given: also inside a bundle.
    base::Result<Response> (*reads)(const Request&, store::Snapshot&, const Context&);
    base::Result<Response> (*acts)(const Request&, const Context&);
    std::vector<const char*> on_type;    // codes of type-restful-interaction
    std::vector<const char*> on_system;  // codes of system-restful-interaction
};

std::span<const Row> table();
const Row* find_row(Verb verb);  // nullptr: not supported

// The checks that every verb shares (the type exists). dispatch() and each entry of a bundle pass here.
base::Result<void> admit(const Request& request, const Context& context);

}  // namespace interaction
