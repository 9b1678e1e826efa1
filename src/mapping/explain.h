// SPDX-License-Identifier: Apache-2.0
#pragma once

// A translation for people: each element with the line that made it, what was found odd, and what no row took.
// It shows element paths and places in the source, and values only when asked to: they are patient data.

#include "mapping/translation.h"

#include <string>

namespace mapping {

std::string explain(const Translation& translation, bool with_values);

}  // namespace mapping
