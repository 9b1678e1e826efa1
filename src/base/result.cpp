// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

namespace base {

IssueType Fault::default_type(Kind kind) {
    switch (kind) {
        case Kind::malformed: return IssueType::structure;
        case Kind::invalid: return IssueType::invariant;
        case Kind::unsupported: return IssueType::not_supported;
        case Kind::unknown: return IssueType::login;
        case Kind::denied: return IssueType::forbidden;
        case Kind::missing: return IssueType::not_found;
        case Kind::gone: return IssueType::deleted;
        case Kind::stale: return IssueType::conflict;
        case Kind::ambiguous: return IssueType::multiple_matches;
        case Kind::conflict: return IssueType::conflict;
        case Kind::too_large: return IssueType::too_long;
        case Kind::too_costly: return IssueType::too_costly;
        case Kind::unavailable: return IssueType::transient;
        case Kind::bug: return IssueType::exception;
    }
    return IssueType::processing;
}

}  // namespace base
