// SPDX-License-Identifier: Apache-2.0
#pragma once

// Small keyed values that are not resources: keys, positions of channels, grants. put() and remove() are durable when they
// return. Thread-safe.

#include "base/clock.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>

namespace store::durable {

class Records {
public:
    virtual ~Records() = default;
    // Nothing when the key is unknown or its time is over at `now`.
    virtual base::Result<std::optional<std::string>> get(const std::string& key, base::Micros now) = 0;
    // `expires` = 0: kept until removed.
    virtual base::Result<void> put(const std::string& key, const std::string& value, base::Micros expires) = 0;
    virtual base::Result<void> remove(const std::string& key) = 0;
    // Drops what has expired at `now`; returns how many.
    virtual base::Result<std::int64_t> sweep(base::Micros now) = 0;
};

}  // namespace store::durable
