// SPDX-License-Identifier: Apache-2.0
#pragma once

// Runs a checked operation: selections over Views, with FHIR's additions (R4 graphql.html): filters on lists, `resource` in
// References, lists and connections, @flatten, @first, @singleton and @slice. Elements that are absent are left out of the answer.
//
// A field that is written again through a fragment is one field with all that is asked of it (GraphQL, October 2021, 5.3.2). One that is
// written twice in the same braces is, where it is no list, a list of both answers: FHIR's own tests want it so.
//
// Whatever is asked is bounded: Budget.

#include "fhir/graphql/document.h"
#include "fhir/graphql/member.h"
#include "fhir/graphql/source.h"
#include "fhir/graphql/variables.h"

#include "base/clock.h"

namespace fhir::graphql {

struct Budget {
    std::size_t fields = 1'000'000;    // looked at
    std::size_t bytes = 32U << 20U;    // of the answer
    std::size_t steps = 10'000'000;    // of all FHIRPath together
};

struct Question {
    const Document& document;
    const Operation& operation;
    const Variables& variables;
    const schema::Schema& schema;
    base::Micros now = 0;  // for FHIRPath
    Budget budget{};
};

// The object that "data" is, as JSON. `root`: the resource of an instance-level question; a false View asks the system. Fault with
// the place of the field: invalid for what does not fit together and for a
// reference without a resource behind it, malformed for wrong
// arguments, too_costly beyond the budget, and what the Source says.
base::Result<std::string> select(const Question& question, View root, Source& source);

}  // namespace fhir::graphql
