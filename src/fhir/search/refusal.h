// SPDX-License-Identifier: Apache-2.0
#pragma once

// How the parts of a search URL are refused. What is not known or not done is of type not-supported, and lenient handling may
// pass over it; what is wrong in itself is of type value; what is too much is of type too-costly. The latter two stand in any handling.

#include "base/result.h"

#include <string>
#include <string_view>
#include <utility>

namespace fhir::search {

inline base::Fault not_supported(base::Fault::Kind kind, std::string text, std::string_view where) {
    return {kind, std::move(text), std::string(where), base::IssueType::not_supported, {}};
}

inline base::Fault wrong(std::string text, std::string_view where) {
    return {base::Fault::Kind::invalid, std::move(text), std::string(where), base::IssueType::value, {}};
}

inline base::Fault too_much(std::string text, std::string_view where) {
    return {base::Fault::Kind::too_costly, std::move(text), std::string(where), base::IssueType::too_costly, {}};
}

}  // namespace fhir::search
