// SPDX-License-Identifier: Apache-2.0
#pragma once

// Index rows of search parameters for what was stored before they were known.
//
// Each parameter is kept with its meaning and the types that it is read from. One that is new, means something else, is read from one more type or
// was out of use lacks rows of what is stored; one that goes out of use has rows too many. Both are put right type by type in the order
// of rid, some resources a commit, all parameters of a type together; the place reached is kept in the same commit, so after a crash it goes on
// where it was. Until then a search that needs such a parameter for such a type is refused.

#include "store/relational/session.h"

namespace store::relational {

// Takes up the indexing: gives each parameter its number and notes what lacks rows. `before` is what counted so far; without entries
// everything is compared with what the database holds. Runs inside a transaction.
base::Result<std::shared_ptr<const Known>> take_up(sql::Connection& connection, const Known& before, std::shared_ptr<const Indexing> indexing);

// Notes that everything is to be made anew.
base::Result<void> note_all(sql::Connection& connection);

// True when anything is to be done, or anything without which a search is refused.
base::Result<bool> has_to_fill(sql::Connection& connection);
base::Result<bool> lacks_rows(sql::Connection& connection);

// The next resources to be indexed: of one type, behind `from`, up to `to`, for these parameters.
struct Stretch {
    std::int64_t type = 0;
    std::string type_name;
    std::int64_t from = 0;
    std::int64_t to = 0;
    std::vector<std::int64_t> parameters;  // numbers, sorted; 0 first: all of them
    std::optional<std::int64_t> total;     // when it was not counted yet
};
base::Result<std::optional<Stretch>> next_stretch(sql::Connection& connection);
// Up to `reached` it is done: `done` resources.
base::Result<void> note_done(sql::Connection& connection, const Stretch& stretch, std::int64_t reached, std::int64_t done);

// What is to be done for parameters in use.
base::Result<std::vector<Filling>> fillings(Session& session);

// Fault (unavailable) when the question uses a parameter that the store does not know, whose rows are lacking, or that is not what it was
// any more. A step by any reference waits for every parameter of references. Costs no question to the database while nothing is filled.
base::Result<void> check_filled(Session& session, const fhir::search::Query& query, const fhir::search::Reach& reach);
base::Result<void> check_filled(Session& session, const Step& step, const fhir::search::Reach& reach);

}  // namespace store::relational
