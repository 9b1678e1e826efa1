// SPDX-License-Identifier: Apache-2.0
#pragma once

// What capabilities() answers with: the two resources that say what this server can do.

#include "fhir/tree/document.h"
#include "interaction/call/context.h"

#include <string>

namespace interaction {

// FHIR R4 5.2. `normative`: without the elements that R4 still calls trial use.
fhir::Document capability_statement(const std::string& base, bool normative, const Context& context);

// FHIR R4 5.7: which of the terminology operations are there.
fhir::Document terminology_capabilities(const std::string& base, const Context& context);

}  // namespace interaction
