// SPDX-License-Identifier: Apache-2.0
#pragma once

// Names for new things. An id made here fits FHIR's id type: [A-Za-z0-9\-\.]{1,64}.

#include "base/clock.h"

#include <string>
#include <string_view>

namespace base {

// UUID version 7 (RFC 9562 5.7): begins with the time, so that new rows land side by side in an index.
std::string new_id(Micros now);

// A name-based UUID (version 8: SHA-256 of `name` within `space`): the same input gives the same id for ever,
// on every machine. The map engine names what an interface sends again and again.
std::string derived_id(std::string_view space, std::string_view name);

// FHIR R4 2.24.0.1: [A-Za-z0-9\-\.]{1,64}
bool valid_id(std::string_view id);

}  // namespace base
