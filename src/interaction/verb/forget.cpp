// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/forget.h"

#include "base/text.h"
#include "interaction/verb/shown.h"
#include "interaction/verb/write.h"

#include <algorithm>
#include <numeric>

namespace interaction {

using base::Fault;

std::vector<std::int64_t> versions_before(std::int64_t version) {
    std::vector<std::int64_t> all(static_cast<std::size_t>(std::max<std::int64_t>(version - 1, 0)));
    std::iota(all.begin(), all.end(), 1);
    return all;
}

base::Result<void> check_administers(const Request& request) {
    if (request.plan->administers) return {};
    return Fault{Fault::Kind::denied, "Only an administrator may take history away."};
}

base::Result<Response> forget(const Request& request, const Context& context) {
    TRY(check_administers(request));
    const auto written = context.repository.write([&](store::Transaction& transaction) -> base::Result<void> {
        TRY(const auto current, transaction.now().read(request.type, request.id));
        if (!current) return missing(request.type, request.id);
        if (request.version.empty()) {
            TRY(transaction.forget(request.type, request.id, versions_before(current->version)));
            return {};
        }
        const auto version = base::to_integer(request.version);
        const Fault unknown = missing(request.type, request.id + "/_history/" + request.version);
        if (!version) return unknown;
        TRY(const auto gone, transaction.forget(request.type, request.id, {*version}));
        return gone == 0 ? base::Result<void>(unknown) : base::Result<void>();
    });
    if (!written) return written.fault();
    tell_committed({request.type}, context);
    Response response;
    response.status = Response::Status::no_content;
    return response;
}

}  // namespace interaction
