// SPDX-License-Identifier: Apache-2.0
#include "server/http/status.h"

namespace server::http {

int status_of(const base::Fault& fault) {
    using Kind = base::Fault::Kind;
    switch (fault.kind) {
        case Kind::malformed: return 400;
        case Kind::invalid: return 422;
        // What the standard knows and we do not do is 501; a parameter or format we do not know is the client's: 400.
        case Kind::unsupported: return fault.type == base::IssueType::not_supported ? 400 : 501;
        case Kind::unknown: return 401;
        case Kind::denied: return 403;
        case Kind::missing: return 404;
        case Kind::gone: return 410;
        case Kind::stale: return 412;
        case Kind::ambiguous: return 412;
        case Kind::conflict: return 409;
        case Kind::too_large: return 413;
        case Kind::too_costly: return 409;
        case Kind::unavailable: return 503;
        case Kind::bug: return 500;
    }
    return 500;
}

}  // namespace server::http
