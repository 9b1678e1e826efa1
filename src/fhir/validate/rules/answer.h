// SPDX-License-Identifier: Apache-2.0
#pragma once

// One answer in a QuestionnaireResponse against the item that asked (FHIR R4 4.18): type, options, limits.

#include "fhir/validate/rules/remarks.h"

#include <string>

namespace fhir::validate {

struct Asked {
    View item;  // of the Questionnaire
    View questionnaire;
    View response;
    const Services& services;
    Remarks& remarks;
};

void check_answer(View answer, const Asked& asked, const std::string& below);

}  // namespace fhir::validate
