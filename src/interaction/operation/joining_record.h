// SPDX-License-Identifier: Apache-2.0
#pragma once

// The Provenance of a joining (operation/joining.h), written and found again.
//
// target    each resource that the joining made a version of, by that version: "Observation/7/_history/2"
// activity  merge, unmerge or link of the record life cycle events (ISO 21089), of a move UPDATE
// entity    the two records as they were before, by version: role removal is the one that went, source the one that stayed

#include "interaction/operation/joining.h"

#include <optional>
#include <utility>
#include <vector>

namespace interaction {

// `before`: the versions of the two, 0 when there was none.
Changed record_of(const Joined& joined, const std::vector<std::pair<store::Name, std::int64_t>>& before, const Context& context);

struct Record {
    struct Moved {
        store::Name name;
        std::int64_t version = 0;
    };
    store::Position position = 0;
    std::int64_t gone_before = 0;
    std::int64_t kept_before = 0;
    std::vector<Moved> moved;
};

// The latest record of a merge of `asked.gone` into `asked.kept`; nothing when there is none.
base::Result<std::optional<Record>> find_record(const Joining& asked, store::Snapshot& snapshot, const Context& context);

}  // namespace interaction
