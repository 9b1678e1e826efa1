// SPDX-License-Identifier: Apache-2.0
#pragma once

// The elements of a profile that are marked mustSupport, each as a FHIRPath expression that is not empty where the element is there.

#include "fhir/tree/view.h"

#include <string>
#include <vector>

namespace runner::us_core {

struct MustSupport {
    std::string id;          // "Observation.component:FlowRate.value[x]"
    std::string expression;  // "component.slice('...','FlowRate').value"
};

// `structure`: a StructureDefinition with its snapshot. The root element is left away.
std::vector<MustSupport> must_support(fhir::View structure);

}  // namespace runner::us_core
