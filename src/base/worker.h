// SPDX-License-Identifier: Apache-2.0
#pragma once

// A fixed number of threads and a bounded queue of work. When the queue is full, submit() says so at once:
// whoever asked answers "try again later" instead of making everybody wait. Handing work over and back costs
// about 15 microseconds, more than an indexed read, so only what takes longer belongs here.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace base {

class WorkerPool {
public:
    // Work looks at the token when it takes long; an exception that leaves it is our bug, counted in failed().
    using Work = std::function<void(std::stop_token)>;

    WorkerPool(unsigned threads, std::size_t most_waiting);
    ~WorkerPool();  // as stop()
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    // False when the queue is full or the pool is draining; `work` is then not run.
    [[nodiscard]] bool submit(Work work);

    // Takes no more work, finishes all there is, and ends the threads. Not from a worker.
    void drain();

    // Takes no more work, asks what runs to stop, drops what waits, and ends the threads. Not from a worker. The pool
    // stays: submit() goes on answering false to those who still know it.
    void stop();

    std::size_t waiting() const;
    std::uint64_t done() const { return done_; }      // without exception
    std::uint64_t failed() const { return failed_; }  // with one

private:
    void run(const std::stop_token& stop);

    const std::size_t most_waiting_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::deque<Work> queue_;
    bool draining_ = false;
    std::atomic<std::uint64_t> done_{0};
    std::atomic<std::uint64_t> failed_{0};
    std::vector<std::jthread> threads_;  // last: they end before the rest goes
};

}  // namespace base
