// SPDX-License-Identifier: Apache-2.0
#pragma once

// $graphql (FHIR R4 graphql.html) of the system and of one resource: a query is answered, mutations and subscriptions are refused.
//
// The question comes as ?query=, variables= and operationName=, as application/graphql, as application/json with those three
// members, or as Parameters. The answer is application/json: {"data": ...}, or {"data": null, "errors": [...]} with the status of the
// failure, each error with an OperationOutcome in extensions.resource. What is out of the plan's reach is not there.

#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

base::Result<Response> graphql(const Request& request, store::Snapshot& snapshot, const Context& context);

}  // namespace interaction
