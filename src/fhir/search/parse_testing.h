// SPDX-License-Identifier: Apache-2.0
#pragma once

// Questions for the tests of the grammar, over R4's own definitions and parameters.

#include "fhir/search/parse.h"
#include "fhir/testing.h"

namespace fhir::search {

inline const Parameters& parameters() { return fhir::testing::r4_parameters(); }

inline base::Result<Query> ask(std::string_view type, const UrlParameters& url, const ParseOptions& options = {}) {
    return parse(type, url, parameters(), fhir::testing::r4(), options);
}

}  // namespace fhir::search
