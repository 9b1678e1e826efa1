// SPDX-License-Identifier: Apache-2.0
#pragma once

// Operations (FHIR R4 3.2): the table that runs them and that the CapabilityStatement is printed from. An operation without a
// row does not exist. They run on a snapshot and inside bundles like any read.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

#include <span>
#include <string_view>

namespace interaction {

struct Operation {
    std::string_view name;        // without $
    std::string_view definition;  // canonical of its OperationDefinition
    bool on_system;
    bool on_type;
    bool on_instance;
    bool by_get;             // may be asked without a body
    bool answers_malformed;  // a body that cannot be read is a question too: Request::unreadable says what is wrong with it
    base::Result<Response> (*run)(const Request&, store::Snapshot&, const Context&);
};

std::span<const Operation> operations();
const Operation* find_operation(std::string_view name);  // nullptr: not supported

// Is there this operation, at this level?
base::Result<void> admit_operation(const Request& request);

// The verb.
base::Result<Response> operation(const Request& request, store::Snapshot& snapshot, const Context& context);

}  // namespace interaction
