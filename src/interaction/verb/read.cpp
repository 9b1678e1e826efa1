// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/read.h"

#include "interaction/call/etag.h"
#include "interaction/verb/shown.h"
#include "interaction/verb/sight.h"

namespace interaction {

namespace {

base::Result<Response> answer(const Request& request, const std::optional<store::Version>& found, const Context& context) {
    TRY(const auto trim, read_trim(request.parameters));
    if (!found) return missing(request.type, request.id);
    if (found->deleted()) return gone(request.type, request.id);

    Response response = about(*found);
    // FHIR R4 3.1.0.2.1. The date counts only without a version condition (RFC 9110 13.1.3), in whole seconds as its header has.
    const bool unchanged =
        request.if_none_match.empty()
            ? request.if_modified_since != 0 && found->last_updated / 1'000'000 <= request.if_modified_since / 1'000'000
            : names_version(request.if_none_match, found->version);
    if (unchanged) {
        response.status = Response::Status::not_modified;
        return response;
    }
    TRY(auto body, shown(*found, trim, context));
    response.content.emplace_back(std::move(body));
    return response;
}

}  // namespace

base::Result<Response> read(const Request& request, store::Snapshot& snapshot, const Context& context) {
    TRY(auto found, snapshot.read(request.type, request.id));
    if (found) {
        TRY(const bool seen, in_reach(request.plan->read, *found, snapshot, context));
        if (!seen) found.reset();
    }
    return answer(request, found, context);
}

base::Result<Response> read_alone(const Request& request, const Context& context) {
    if (!request.plan->read.all(request.type)) return read(request, *context.repository.snapshot(), context);
    TRY(const auto found, context.repository.read(request.type, request.id));
    return answer(request, found, context);
}

}  // namespace interaction
