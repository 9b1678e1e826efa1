// SPDX-License-Identifier: Apache-2.0
#pragma once

// Fault -> HTTP status: the only such table.

#include "base/result.h"

namespace server::http {

int status_of(const base::Fault& fault);

}  // namespace server::http
