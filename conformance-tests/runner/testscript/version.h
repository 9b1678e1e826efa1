// SPDX-License-Identifier: Apache-2.0
#pragma once

// TestScript was another resource in other versions of FHIR. Which one a script is written for shows in elements that R4 does not have.

#include "fhir/tree/view.h"

#include <string>

namespace runner::testscript {

// "R5: TestScript.scope is not of R4"; empty when nothing speaks against R4. The tree may be one that was read without definitions.
std::string other_version(fhir::View script);

}  // namespace runner::testscript
