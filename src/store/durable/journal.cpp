// SPDX-License-Identifier: Apache-2.0
#include "store/durable/journal.h"

namespace store::durable {

const char* spelling(State state) {
    switch (state) {
        case State::received: return "received";
        case State::answered: return "answered";
        case State::failed: return "failed";
        case State::discarded: return "discarded";
        case State::replayed: return "replayed";
    }
    return "";
}

std::optional<State> state_of(std::string_view spelled) {
    for (const State state : all_states)
        if (spelled == spelling(state)) return state;
    return std::nullopt;
}

std::int64_t& Counts::of(State state) {
    switch (state) {
        case State::received: return received;
        case State::answered: return answered;
        case State::failed: return failed;
        case State::discarded: return discarded;
        case State::replayed: break;
    }
    return replayed;
}

base::Result<void> check_copy(const Entry& known, std::int64_t original) {
    using base::Fault;
    if (known.number == original) return Fault{Fault::Kind::invalid, "nothing was changed: replay the entry instead"};
    if (known.origin == original) return {};
    return Fault{Fault::Kind::conflict, "these bytes are entry " + std::to_string(known.number) + " already: replay that one"};
}

}  // namespace store::durable
