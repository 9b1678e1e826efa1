// SPDX-License-Identifier: Apache-2.0
#pragma once

// The schema's versions. Migrations go forward only, are numbered from 1 and run each in a transaction of its own: a
// process killed in the middle leaves the version before. A database of a newer program is refused.

#include "store/sql/sqlite.h"

#include <string_view>
#include <vector>

namespace store::relational {

// relational/migrations/NNN-name.sql in order, built into the program.
const std::vector<std::string_view>& migrations();

// The schema version of a database that is ours and not newer than this program; otherwise Fault (conflict).
base::Result<std::int64_t> check_ours(sql::Connection& connection, const std::vector<std::string_view>& steps = migrations());

// Brings the database to the newest version. Fault (conflict) when it is newer than this program or not ours.
base::Result<void> migrate(sql::Connection& connection, const std::vector<std::string_view>& steps = migrations());

}  // namespace store::relational
