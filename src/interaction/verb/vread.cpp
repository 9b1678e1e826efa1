// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/vread.h"

#include "base/text.h"
#include "interaction/verb/precondition.h"
#include "interaction/verb/shown.h"
#include "interaction/verb/sight.h"

namespace interaction {

base::Result<Response> vread(const Request& request, store::Snapshot& snapshot, const Context& context) {
    TRY(const auto trim, read_trim(request.parameters));
    // Versions are numbers here: what is none cannot exist.
    const auto version = base::to_integer(request.version);
    if (!version || *version < 1) return missing(request.type, request.id + "/_history/" + request.version);
    TRY(auto found, snapshot.vread(request.type, request.id, *version));
    if (found) {
        TRY(const bool there, seen(*request.plan, *found, snapshot, context));
        if (!there) found.reset();
    }
    if (!found) return missing(request.type, request.id + "/_history/" + request.version);
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

}  // namespace interaction
