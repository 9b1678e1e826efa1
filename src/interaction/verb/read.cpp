// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/read.h"

#include "interaction/verb/precondition.h"
#include "interaction/verb/shown.h"
#include "interaction/verb/sight.h"

namespace interaction {

namespace {

base::Result<Response> answer(const Request& request, const std::optional<store::Version>& found, const Context& context) {
    TRY(const auto trim, read_trim(request.parameters));
    if (!found) return missing(request.type, request.id);
    if (found->deleted()) return gone(request.type, request.id);

    Response response = about(*found);
    if (is_known(request, *found)) {
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
        TRY(const bool there, seen(*request.plan, *found, snapshot, context));
        if (!there) found.reset();
    }
    return answer(request, found, context);
}

base::Result<Response> read_alone(const Request& request, const Context& context) {
    if (!sees_all(*request.plan, request.type)) return read(request, *context.repository.snapshot(), context);
    TRY(const auto found, context.repository.read(request.type, request.id));
    return answer(request, found, context);
}

}  // namespace interaction
