// SPDX-License-Identifier: Apache-2.0
#pragma once

// Composition/$document (FHIR R4 Composition-document, 3.3.1): a Bundle of type document: the Composition first, then all that it
// refers to, then what these need, three steps far. Beyond the Composition's own references no other resource of its subject's type
// comes along: a group does not bring its members.
//
// A document is whole or it is none: when the Composition refers to a resource of this server that is not there, or not in reach,
// the answer is a Fault (invalid) that names each, unless handling is lenient. What lies on other servers is left out. With persist
// the document is stored by the way of a create.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

base::Result<Response> document(const Request& request, store::Snapshot& snapshot, const Context& context);  // stores nothing
base::Result<Response> document_alone(const Request& request, const Context& context);

}  // namespace interaction
