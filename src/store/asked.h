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

// Its meaning has gone since the question was read.
base::Fault not_in_use(const fhir::search::Parameter& parameter);
// Not all that is stored is indexed for it yet.
base::Fault not_filled(const fhir::search::Parameter& parameter);

}  // namespace store
