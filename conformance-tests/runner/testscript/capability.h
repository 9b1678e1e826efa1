// SPDX-License-Identifier: Apache-2.0
#pragma once

// metadata.capability: does a server offer at least what a CapabilityStatement asks for (FHIR R4 TestScript.metadata.capability)?

#include "fhir/tree/view.h"

#include <string>
#include <vector>

namespace runner::testscript {

// What `offered` lacks of the server part of `wanted`, one line each: resource types, interactions, search parameters, operations, conditional
// interactions, includes. What describes and does not offer (names, dates, documentation) is not compared.
std::vector<std::string> not_offered(fhir::View wanted, fhir::View offered);

}  // namespace runner::testscript
