// SPDX-License-Identifier: Apache-2.0
#pragma once

// Bytes made smaller and read back (RFC 1950). Definitions are text that repeats itself: about a sixth remains.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace fhir::definition {

// `level` from 1 (quick) to 9 (small).
std::string deflated(std::string_view bytes, int level);

// Nothing when it is damaged or does not give exactly `size` bytes.
std::optional<std::string> inflated(std::string_view bytes, std::size_t size);

}  // namespace fhir::definition
