// SPDX-License-Identifier: Apache-2.0
#pragma once

// Is a code among the options that a question names by a value set? One that the Questionnaire contains is read here,
// as far as it lists its codes; any other is asked of Codes.

#include "fhir/validate/validator.h"

namespace fhir::validate {

CodeVerdict option_in_set(View questionnaire, std::string_view value_set, const CodedValue& coded,
                          const Services& services);

}  // namespace fhir::validate
