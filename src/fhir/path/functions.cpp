// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/functions.h"

namespace fhir::path {

const Function* find_function(std::string_view name) {
    for (const auto family : {functions_of_collections(), functions_of_text(), functions_of_values(), functions_of_fhir()})
        for (const Function& function : family)
            if (function.name == name) return &function;
    return nullptr;
}

}  // namespace fhir::path
