// SPDX-License-Identifier: Apache-2.0
#pragma once

// Everything that can be configured: declared in one place, documented from it (docs/operations.md), checked at start.

#include "base/settings.h"

namespace app {

const base::Schema& configuration();

// Rules that no single setting can tell: what may not be combined, and what is not safe.
base::Result<void> check(const base::Settings& settings);

}  // namespace app
