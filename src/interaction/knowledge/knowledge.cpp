// SPDX-License-Identifier: Apache-2.0
#include "interaction/knowledge/knowledge.h"

namespace interaction {

Knowledge::Knowledge(fhir::definition::Library library, const fhir::ucum::Units* units, fhir::validate::Fetch fetch)
    : library_(std::move(library)), units_(units), fetch_(std::move(fetch)), codes_(library_, units), terminology_(library_, codes_),
      validator_({library_.schema(), library_, &codes_, units, fetch_}) {}

}  // namespace interaction
