// SPDX-License-Identifier: Apache-2.0
#pragma once

// For tests of this room: a house in memory into which messages may be committed. Not for the server.

#include "exchange/committer.h"
#include "fhir/testing.h"
#include "store/memory.h"

#include <string>

namespace exchange::testing {

struct World {
    base::FixedClock clock{1'700'000'000'000'000};
    const fhir::schema::Schema& schema = fhir::testing::r4();
    store::Memory repository{clock};
    interaction::Rules rules{};
    interaction::Context context{schema, fhir::testing::r4_parameters(), repository, clock, rules};
    Committer committer{context};

    // Of the current version; 0 and "" when there is none.
    std::int64_t version(const std::string& type, const std::string& id) {
        const auto found = repository.snapshot()->read(type, id);
        return found && *found ? (*found)->version : 0;
    }
    std::string body(const std::string& type, const std::string& id) {
        const auto found = repository.snapshot()->read(type, id);
        return found && *found && !(*found)->deleted() ? *(*found)->body : std::string{};
    }
};

}  // namespace exchange::testing
