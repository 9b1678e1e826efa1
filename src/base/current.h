// SPDX-License-Identifier: Apache-2.0
#pragma once

// What counts now, shared and never changed in itself: readers keep the one that they took, a writer puts another in its place. Thread-safe;
// a short lock.
//
// Not an atomic shared_ptr: that of libstdc++ 12 lets go of its lock without release when it is read, so that a processor with weak ordering
// may read the pointer of one beside the count of another.

#include <memory>
#include <mutex>
#include <utility>

namespace base {

template <class T>
class Current {
public:
    using Held = std::shared_ptr<const T>;

    explicit Current(Held first) : held_(std::move(first)) {}

    Held get() const {
        const std::lock_guard lock(mutex_);
        return held_;
    }
    void set(Held next) {
        const std::lock_guard lock(mutex_);
        held_.swap(next);  // the old one goes behind the lock
    }

private:
    mutable std::mutex mutex_;
    Held held_;
};

}  // namespace base
