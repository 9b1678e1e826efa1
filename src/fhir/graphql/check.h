// SPDX-License-Identifier: Apache-2.0
#pragma once

// Is a document worth running? What can be said of it before any resource is looked at (GraphQL, October 2021, section 5): fields,
// fragments and directives exist, objects have fields and scalars have none, fragments do not contain themselves, variables are
// defined. Costs about the size of the document times the types that its fragments meet.

#include "fhir/graphql/document.h"
#include "fhir/graphql/member.h"

namespace fhir::graphql {

inline constexpr int most_depth = 64;  // fields within fields, through fragments

// `root`: what the operation selects from. Fault (malformed) with the place of what is wrong.
base::Result<void> check(const Operation& operation, const Document& document, const Shape& root, const schema::Schema& schema);

}  // namespace fhir::graphql
