// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/precondition.h"

#include "interaction/call/etag.h"

namespace interaction {

bool is_known(const Request& request, const store::Version& version) {
    if (!request.if_none_match.empty()) return names_version(request.if_none_match, version.version);
    return request.if_modified_since != 0 && version.last_updated / 1'000'000 <= request.if_modified_since / 1'000'000;
}

Response unless_known(const Request& request, Response response) {
    if (response.tag.empty() || request.if_none_match.empty() || !names_tag(request.if_none_match, response.tag)) return response;
    response.status = Response::Status::not_modified;
    response.content.clear();
    return response;
}

}  // namespace interaction
