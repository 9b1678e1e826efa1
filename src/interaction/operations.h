// SPDX-License-Identifier: Apache-2.0
#pragma once

// Operations (FHIR R4 3.2): the table that runs them and that the CapabilityStatement is printed from. An operation without a
// row does not exist. Those that read run on a snapshot and inside bundles like any read.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

#include <span>
#include <string_view>
#include <vector>

namespace interaction {

struct Operation {
    std::string_view name;        // without $; of rows with one name each type takes the one that lists it
    std::string_view definition;  // canonical of its OperationDefinition
    std::vector<std::string_view> types{};  // [base]/[type]/... only for these; empty: for every type
    bool on_system = false;
    bool on_type = false;
    bool on_instance = false;
    bool on_version = false;         // [base]/[type]/[id]/_history/[vid]/$name
    bool by_get = false;             // may be asked by GET (FHIR R4 3.2.0.2)
    bool needs_body = false;
    bool answers_malformed = false;  // a body that cannot be read is a question too: Request::unreadable says what is wrong with it
    bool takes_text = false;         // reads its body itself, of whatever media type: Request::source and source_type
    bool dated = false;              // knows start and end, when the care took place
    // One of the two or both: `reads` answers from the snapshot that it is given, also inside a bundle; `acts` may change something
    // and comes alone.
    base::Result<Response> (*reads)(const Request&, store::Snapshot&, const Context&) = nullptr;
    base::Result<Response> (*acts)(const Request&, const Context&) = nullptr;

    bool is_for(std::string_view type) const;  // "" = system level: what on_system says
};

std::span<const Operation> operations();
const Operation* find_operation(std::string_view name, std::string_view type);  // nullptr: not supported there

// Is there this operation, at this level, by this method?
base::Result<void> admit_operation(const Request& request);

// The verb: inside a bundle, and alone.
base::Result<Response> operation(const Request& request, store::Snapshot& snapshot, const Context& context);
base::Result<Response> operation_alone(const Request& request, const Context& context);

}  // namespace interaction
