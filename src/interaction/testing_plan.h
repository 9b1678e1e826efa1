// SPDX-License-Identifier: Apache-2.0
#pragma once

// Narrow plans for this room's tests, and the relational engine in a folder of its own.

#include "fhir/search/parse.h"
#include "interaction/testing.h"
#include "store/relational/database_fixture.h"

namespace interaction {

// What satisfies one criterion: {"subject", "Patient/p1"}.
inline fhir::search::Clause criterion(const std::string& type, const std::pair<std::string, std::string>& asked) {
    auto query = fhir::search::parse(type, {asked}, World::parameters(), World::schema());
    REQUIRE(query);
    return {.kind = fhir::search::Clause::Kind::all, .parts = std::move(query->clauses)};
}

// Everything that `reach` holds may be read, searched, made, changed and deleted.
inline permission::Held narrow(const fhir::search::Reach& reach, std::string who = "someone") {
    return std::make_shared<const permission::Plan>(permission::Plan{std::move(who), reach, reach, reach, reach, reach, false});
}

struct OnDisk {
    explicit OnDisk(const base::Clock& clock) {
        store::RelationalOptions options;
        options.path = folder.file();
        for (const auto& parameter : World::parameters().all()) options.parameters.push_back(parameter->url);
        auto opened = store::Relational::open(options, clock);
        REQUIRE(opened);
        engine = *std::move(opened);
    }
    store::relational::Folder folder;
    std::unique_ptr<store::Relational> engine;
};

}  // namespace interaction
