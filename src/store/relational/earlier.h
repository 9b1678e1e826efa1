// SPDX-License-Identifier: Apache-2.0
#pragma once

// An earlier moment, for pages that began then: what was written since is seen as it was.
//
// The ledger tells which resources changed since. The versions that they had are indexed anew, into temporary tables of the
// same shape (temp.then_...), and statements read now's rows of all others and those (term.h). When nothing changed that was
// there, and that is usual, nothing is made. A session keeps the tables and extends them while pages of one moment are turned;
// that of the writing transaction makes them for each page.

#include "store/relational/names.h"
#include "store/repository.h"

namespace store::relational {

// Makes the session ready for questions about `as_of`, asked at `position`. Without the session's index function versions of
// now are shown. Fault (gone) when too much has changed since, or when that takes longer than a search may.
base::Result<Seen> see(Session& session, Position as_of, Position position);

}  // namespace store::relational
