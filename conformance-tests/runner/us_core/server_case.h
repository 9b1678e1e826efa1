// SPDX-License-Identifier: Apache-2.0
#pragma once

// What US Core asks of the server as a whole: its CapabilityStatement, and answers to what is wrong.

#include "runner/us_core/shared.h"

namespace runner::us_core {

Case server_case(Bench& bench, const Shared& shared);

}  // namespace runner::us_core
