// SPDX-License-Identifier: Apache-2.0
#pragma once

// A SearchParameter that users stored, as far as search depends on it. A value: equal ones are compiled once.

#include "fhir/schema/schema.h"
#include "fhir/tree/view.h"

#include <cstdint>
#include <string>

namespace fhir::search {

struct StoredParameter {
    std::string id;          // of the resource
    std::int64_t change = 0;  // greater: stored later
    std::string status;      // only "active" ones are searched
    std::string version;     // of several with one url the one with the greatest text counts, of equals the latest change
    // As schema::SearchParameterRow says them.
    std::string url, code, type, bases, expression, targets, components;

    static StoredParameter read(View definition, std::string id, std::int64_t change);
    schema::SearchParameterRow row() const;  // looks into this
    bool same_search(const StoredParameter& other) const;
};

}  // namespace fhir::search
