// SPDX-License-Identifier: Apache-2.0
#pragma once

// Index rows of new search parameters for what is already stored.
//
// Each parameter is kept with its meaning. One that is new, has another meaning or was out of use for a while lacks rows
// for older resources: they are made in the order of rid, a few resources a commit, and the place reached is kept in the
// same commit. So it goes on where it was after a crash. Until all are done a search that uses the parameter is refused.

#include "store/relational/engine.h"
#include "store/relational/session.h"

namespace store::relational {

// Gives each parameter its number and finds out which lack rows. `meanings` as in RelationalOptions.
base::Result<std::vector<std::int64_t>> number_parameters(sql::Connection& connection, const std::vector<std::string>& urls,
                                                          const std::vector<std::string>& meanings);

// True when rows of some parameter in use are lacking.
base::Result<bool> lacks_rows(sql::Connection& connection);
// The numbers of those parameters.
base::Result<std::vector<std::int64_t>> lacking(sql::Connection& connection);

// Fault (unavailable) when the query, or what limits it, uses a parameter whose rows are lacking.
base::Result<void> check_filled(Session& session, const fhir::search::Query& query, const fhir::search::Reach& reach);

}  // namespace store::relational
