// SPDX-License-Identifier: Apache-2.0
#pragma once

// What somebody may see or touch of all resources, as a value: by type everything, nothing, or what satisfies a clause.
//
// A Reach begins with nothing; what is not allowed is out of reach. Its clauses ask only about the resource itself (test, all,
// any and none; no chains), so that one version's index values decide, also of a version that is no longer current.

#include "fhir/search/index_value.h"
#include "fhir/search/query.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fhir::search {

class Reach {
public:
    static Reach everything();
    void allow(std::string_view type);                 // all resources of that type
    void allow(std::string_view type, Clause filter);  // also those that satisfy it

    bool all() const { return everything_; }  // whatever it is, of whatever type
    bool all(std::string_view type) const;
    bool nothing(std::string_view type) const;
    // What a resource of this type must satisfy: null when all are in reach. Of kind `any`; without parts nothing satisfies it.
    const Clause* filter(std::string_view type) const;
    // Types of which something is in reach; nothing when that is every type.
    std::optional<std::vector<std::string>> types() const;

    // Is this version in reach? `index` holds all its index values.
    bool admits(std::string_view type, std::span<const IndexValue> index, std::string_view id, base::Micros last_updated) const;

private:
    bool everything_ = false;
    std::map<std::string, std::optional<Clause>, std::less<>> by_type_;  // nullopt: all of it
};

}  // namespace fhir::search
