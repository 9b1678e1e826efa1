// SPDX-License-Identifier: Apache-2.0
#include "base/worker.h"

#include <algorithm>

namespace base {

WorkerPool::WorkerPool(unsigned threads, std::size_t most_waiting) : most_waiting_(most_waiting) {
    for (unsigned i = 0; i < std::max(1U, threads); ++i)
        threads_.emplace_back([this](const std::stop_token& stop) { run(stop); });
}

WorkerPool::~WorkerPool() { stop(); }

bool WorkerPool::submit(Work work) {
    {
        const std::lock_guard lock(mutex_);
        if (draining_ || queue_.size() >= most_waiting_) return false;
        queue_.push_back(std::move(work));
    }
    changed_.notify_one();
    return true;
}

void WorkerPool::drain() {
    {
        const std::lock_guard lock(mutex_);
        draining_ = true;
    }
    changed_.notify_all();
    for (auto& thread : threads_)
        if (thread.joinable()) thread.join();
}

void WorkerPool::stop() {
    std::deque<Work> dropped;  // destroyed without the lock: what work holds may ask the pool
    {
        const std::lock_guard lock(mutex_);
        draining_ = true;
        dropped.swap(queue_);
    }
    for (auto& thread : threads_) thread.request_stop();
    for (auto& thread : threads_)
        if (thread.joinable()) thread.join();
}

std::size_t WorkerPool::waiting() const {
    const std::lock_guard lock(mutex_);
    return queue_.size();
}

void WorkerPool::run(const std::stop_token& stop) {
    for (;;) {
        Work work;
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, stop, [this] { return draining_ || !queue_.empty(); });
            if (stop.stop_requested() || queue_.empty()) return;
            work = std::move(queue_.front());
            queue_.pop_front();
        }
        try {
            work(stop);
            ++done_;
        } catch (...) {
            ++failed_;
        }
    }
}

}  // namespace base
