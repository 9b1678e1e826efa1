// SPDX-License-Identifier: Apache-2.0
#include "app/knowledge.h"

#include "app/places.h"

namespace app {

base::Result<fhir::ucum::Units> open_units() { return fhir::ucum::Units::open(places().units); }

std::shared_ptr<const interaction::Knowledge> make_knowledge(fhir::definition::Library library, const fhir::ucum::Units& units,
                                                             fhir::validate::Fetch fetch) {
    return std::make_shared<const interaction::Knowledge>(std::move(library), &units, std::move(fetch));
}

}  // namespace app
