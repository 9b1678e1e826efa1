// SPDX-License-Identifier: Apache-2.0
#pragma once

// The parameters that a question uses, wherever they stand in its trees, each with the type of the resources that it is asked of.

#include "base/result.h"
#include "fhir/search/reach.h"

#include <functional>

namespace store {

// Type "" = any type.
using Use = std::function<void(const fhir::search::Parameter& parameter, std::string_view type)>;

void asked(const fhir::search::Clause& clause, std::string_view type, const Use& use);
// `reach` counts for the types that the question looks at.
void asked(const fhir::search::Query& query, const fhir::search::Reach& reach, const Use& use);
// What it takes to tell which resources of these types are in reach; none = every type.
void asked(const fhir::search::Reach& reach, const std::vector<std::string>& types, const Use& use);

// Its meaning has gone since the question was read.
base::Fault not_in_use(const fhir::search::Parameter& parameter);
// Not all that is stored is indexed for it yet.
base::Fault not_filled(const fhir::search::Parameter& parameter);
// The same of references, by whichever parameter.
base::Fault references_not_filled();

}  // namespace store
