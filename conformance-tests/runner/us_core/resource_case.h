// SPDX-License-Identifier: Apache-2.0
#pragma once

// One type of resource: read, versions, searches, includes, profiles with their must-support elements, references.

#include "runner/us_core/shared.h"

namespace runner::us_core {

Case resource_case(Bench& bench, const Shared& shared, const Kind& kind);

}  // namespace runner::us_core
