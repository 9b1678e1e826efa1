// SPDX-License-Identifier: Apache-2.0
#pragma once

// A set of Items under '=' ("unknown" counts as different), for distinct(), '|', intersect() and their kin.
//
// A few items are compared one by one; more are found by a hash of what '=' looks at, so that a code system's ten thousand
// codes cost ten thousand steps and not their square.

#include "fhir/path/operators.h"

#include <cstdint>
#include <vector>

namespace fhir::path {

class Distinct {
public:
    explicit Distinct(Run& run) : run_(run), items_(run.items()) {}

    bool add(const Item& item);  // false when an equal one is there
    bool has(const Item& item) const;
    const Items& items() const { return items_; }

private:
    std::uint64_t hash(const Item& item) const;
    bool find(const Item& item, std::uint64_t hash) const;
    void index();

    Run& run_;
    Items items_;
    std::vector<std::uint64_t> hashes_{};
    std::vector<std::uint32_t> table_{};  // place + 1; 0 = free; empty while there are few
};

}  // namespace fhir::path
