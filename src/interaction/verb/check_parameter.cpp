// SPDX-License-Identifier: Apache-2.0
#include "interaction/verb/check_parameter.h"

#include "fhir/search/examine.h"

namespace interaction {

base::Findings check_parameter(fhir::View body, const Context& context) {
    using namespace fhir::literals;
    return fhir::search::examine(fhir::search::StoredParameter::read(body, std::string(body.text("id"_name)), 0), context.schema, context.parameters);
}

}  // namespace interaction
