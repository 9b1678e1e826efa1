// SPDX-License-Identifier: Apache-2.0
#pragma once

// One channel's part of the threads: so much at once and no more, first come first served. What waits here waits for its own
// channel's sake; another channel's share goes on. Each piece of work goes through the pool's queue by itself, so channels
// take turns there.
//
// Bounded by those who hand work in: links stop reading while their messages are under way. Thread-safe; it may go while
// work of it runs.

#include "base/worker.h"

#include <deque>
#include <functional>
#include <memory>
#include <mutex>

namespace exchange {

class Share : public std::enable_shared_from_this<Share> {
public:
    using Work = std::function<void()>;

    // `pool` must outlive all work. At least one runs at a time.
    Share(base::WorkerPool& pool, std::size_t most) : pool_(pool), most_(most) {}

    void run(Work work);
    void most(std::size_t count);  // for what begins from now on
    std::size_t waiting() const;

private:
    void dispatch();

    base::WorkerPool& pool_;
    mutable std::mutex mutex_;
    std::size_t most_;
    std::size_t running_ = 0;
    std::deque<Work> queue_;
};

}  // namespace exchange
