// SPDX-License-Identifier: Apache-2.0
#pragma once

// Text to Document: the query language of GraphQL (October 2021, section 2; that of June 2018 is a part of it). One pass, no
// backtracking, linear. Empty parentheses behind a field are let through, as FHIR R4 graphql.html writes them.

#include "fhir/graphql/document.h"

#include <string_view>

namespace fhir::graphql {

struct ParseLimits {
    std::size_t length = 256 * 1024;  // bytes of text
    std::size_t words = 20'000;
    int depth = 64;                   // of selections, and of lists and objects in values
};

// Fault (malformed; too_large beyond the limits) with line and column: the grammar, names that stand twice, a type system
// definition, which is nothing to run.
base::Result<Document> parse(std::string_view text, const ParseLimits& limits = {});

}  // namespace fhir::graphql
