// SPDX-License-Identifier: Apache-2.0
#include "fhir/path/functions.h"

namespace fhir::path {

const Function* find_function(std::string_view name) {
    for (const auto family : {functions_of_collections(), functions_of_text(), functions_of_conversion(), functions_of_types(),
                              functions_of_fhir(), functions_of_math(), functions_of_time(), functions_of_encoding()})
        for (const Function& function : family)
            if (function.name == name) return &function;
    return nullptr;
}

}  // namespace fhir::path
