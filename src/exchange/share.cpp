// SPDX-License-Identifier: Apache-2.0
#include "exchange/share.h"

#include <algorithm>

namespace exchange {

void Share::run(Work work) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(work));
    }
    dispatch();
}

void Share::most(std::size_t count) {
    {
        const std::lock_guard lock(mutex_);
        most_ = count;
    }
    dispatch();
}

std::size_t Share::waiting() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
}

void Share::dispatch() {
    std::unique_lock lock(mutex_);
    while (!queue_.empty() && running_ < std::max<std::size_t>(most_, 1)) {
        ++running_;
        Work work = std::move(queue_.front());
        queue_.pop_front();
        lock.unlock();
        // Its end makes room for the next, also when it throws (the pool counts that).
        const bool taken = pool_.submit([self = shared_from_this(), work = std::move(work)](std::stop_token) {
            struct End {
                Share& share;
                ~End() {
                    {
                        const std::lock_guard guard(share.mutex_);
                        --share.running_;
                    }
                    share.dispatch();
                }
            };
            const End end{*self};
            work();
        });
        lock.lock();
        if (taken) continue;
        // The pool is ending: what is not begun stays where it came from, in the journal or with its sender.
        --running_;
        return;
    }
}

}  // namespace exchange
