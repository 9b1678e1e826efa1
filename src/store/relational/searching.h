// SPDX-License-Identifier: Apache-2.0
#pragma once

// A question with everything found out about it before it is asked.

#include "store/relational/statements.h"

namespace store::relational {

struct Asking {
    fhir::search::Query query;  // as asked; with a type where it can only be one
    std::int64_t type = 0;      // its number, 0 = all types
    std::vector<Term> terms;
    Plan plan;
    Seen seen;

    // Nothing when the answer is empty without asking: no such type is stored, or none of it is in reach.
    static base::Result<std::optional<Asking>> about(Session& session, const fhir::search::Query& query, const fhir::search::Reach& reach,
                                                     Seen seen);
    // A page comes sooner by walking in order than from a list.
    bool walks(const Statements& statements) const;
};

}  // namespace store::relational
