// SPDX-License-Identifier: Apache-2.0
#pragma once

// Text to Syntax: the whole grammar of FHIRPath 2.0 (normative), with its precedences. One pass, no backtracking.
// Names, functions and types are not looked up here; program.h does.

#include "base/result.h"
#include "fhir/path/syntax.h"

#include <string_view>

namespace fhir::path {

struct ParseLimits {
    std::size_t length = 65'536;  // bytes of text
    std::uint32_t height = 250;   // of the syntax tree, and of nesting while reading
};

// Fault (invalid): what was found where, with line and column 1-based in `where`.
base::Result<Syntax> parse(std::string_view text, const ParseLimits& limits = {});

}  // namespace fhir::path
