// SPDX-License-Identifier: Apache-2.0
#include "runner/testscript/element_path.h"

#include "base/text.h"

namespace runner::testscript {

base::Result<std::vector<std::string>> select(fhir::View resource, std::string_view path) {
    path = base::trim(path);
    return path.starts_with('$') ? select_json_path(resource, path) : select_xpath(resource, path);
}

}  // namespace runner::testscript
