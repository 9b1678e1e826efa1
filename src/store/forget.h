// SPDX-License-Identifier: Apache-2.0
#pragma once

// What every engine answers when it shall forget what it may not.

#include "base/result.h"

namespace store {

inline base::Fault current_stays() {
    return {base::Fault::Kind::conflict, "The current version cannot be forgotten; delete the resource first."};
}

}  // namespace store
