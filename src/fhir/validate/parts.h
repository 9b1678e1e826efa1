// SPDX-License-Identifier: Apache-2.0
#pragma once

// What a Validator holds between two questions: its services, the compiled profiles, the table of rules, and the numbers
// of the datatypes that have a meaning of their own. Shared by all threads.

#include "fhir/profile/cache.h"
#include "fhir/validate/rules.h"
#include "fhir/validate/validator.h"

namespace fhir::validate {

struct Datatypes {
    explicit Datatypes(const schema::Schema& schema)
        : extension(schema.find_type("Extension")),
          reference(schema.find_type("Reference")),
          coding(schema.find_type("Coding")),
          codeable(schema.find_type("CodeableConcept")),
          quantity(schema.find_type("Quantity")),
          canonical(schema.find_type("canonical")),
          narrative(schema.find_type("Narrative")),
          bundle(schema.find_type("Bundle")),
          parameters(schema.find_type("Parameters")) {}

    schema::TypeId extension, reference, coding, codeable, quantity, canonical, narrative, bundle, parameters;
};

struct Validator::Parts {
    explicit Parts(const Services& given)
        : services(given), profiles(given.library, given.schema), rules(given.schema), types(given.schema) {}

    Services services;
    mutable profile::Cache profiles;
    Rules rules;
    Datatypes types;
};

}  // namespace fhir::validate
