// SPDX-License-Identifier: Apache-2.0
#pragma once

// Where in a text something is wrong, for people: line and column from 1, in bytes.

#include "base/result.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace fhir::codec {

// A Fault (malformed) with one finding at that offset; an offset behind the text means its end.
base::Fault fault_at(std::string_view bytes, std::size_t offset, std::string text, std::string where, base::IssueType type);

}  // namespace fhir::codec
