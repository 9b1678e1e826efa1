// SPDX-License-Identifier: Apache-2.0
#pragma once

// $meta, $meta-add and $meta-delete (FHIR R4 Resource-meta, Resource-meta-add, Resource-meta-delete).
//
// $meta of a resource or one of its versions is its meta. Of a type or the system it is the profiles, tags and labels in use; what
// carries any is read once, in pieces, and when that is very much the question is refused as too costly.
//
// Adding and deleting make a new version, by the same way as an update: meta is part of the body, and whoever holds an ETag must
// see that it changed. What changes nothing makes none. Tags and labels are the same when system and code are, profiles when
// their URLs are.

#include "base/result.h"
#include "interaction/call/context.h"
#include "interaction/call/request.h"
#include "interaction/call/response.h"

namespace interaction {

base::Result<Response> meta(const Request& request, store::Snapshot& snapshot, const Context& context);
base::Result<Response> meta_add(const Request& request, const Context& context);
base::Result<Response> meta_delete(const Request& request, const Context& context);

}  // namespace interaction
