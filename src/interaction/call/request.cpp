// SPDX-License-Identifier: Apache-2.0
#include "interaction/call/request.h"

namespace interaction {

const char* spelling(Verb verb) {
    switch (verb) {
        case Verb::read: return "read";
        case Verb::vread: return "vread";
        case Verb::create: return "create";
        case Verb::update: return "update";
        case Verb::patch: return "patch";
        case Verb::remove: return "delete";
        case Verb::history: return "history-instance";
        case Verb::search: return "search-type";
        case Verb::batch: return "transaction";
        case Verb::capabilities: return "capabilities";
        case Verb::operation: return "operation";
        case Verb::forget: return "delete-history";
    }
    return "operation";
}

}  // namespace interaction
