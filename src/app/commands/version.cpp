// SPDX-License-Identifier: Apache-2.0
#include "app/commands.h"

#include <fmt/format.h>

namespace app::commands {

int version(const Arguments&) {
    fmt::print("andiron {} (FHIR R4 4.0.1)\n", ANDIRON_VERSION);
    return 0;
}

}  // namespace app::commands
