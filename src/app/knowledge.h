// SPDX-License-Identifier: Apache-2.0
#pragma once

// What is known, put together from what was opened.

#include "fhir/ucum/units.h"
#include "interaction/knowledge/knowledge.h"

#include <memory>

namespace app {

base::Result<fhir::ucum::Units> open_units();

// `units` must outlive it.
std::shared_ptr<const interaction::Knowledge> make_knowledge(fhir::definition::Library library, const fhir::ucum::Units& units,
                                                             fhir::validate::Fetch fetch);

}  // namespace app
