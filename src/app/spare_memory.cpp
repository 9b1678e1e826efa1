// SPDX-License-Identifier: Apache-2.0
#include "app/spare_memory.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <stop_token>

#include <malloc.h>
#include <unistd.h>

namespace app {

namespace {

constexpr std::int64_t worth_giving = 16 * 1024 * 1024;  // more than steady work leaves idle between two looks
constexpr std::chrono::seconds pause{3};

// Resident memory of our own that nobody uses: what the system counts, without what the allocator has handed out. Stacks are in
// it, so it never becomes nothing.
std::int64_t spare() {
    unsigned long size = 0, resident = 0, shared = 0;
    if (std::FILE* file = std::fopen("/proc/self/statm", "r")) {
        if (std::fscanf(file, "%lu %lu %lu", &size, &resident, &shared) != 3) resident = shared = 0;
        std::fclose(file);
    }
    const auto own = static_cast<std::int64_t>(resident - shared) * ::sysconf(_SC_PAGESIZE);
    const struct mallinfo2 used = mallinfo2();
    return own - static_cast<std::int64_t>(used.uordblks + used.hblkhd);
}

}  // namespace

void SpareMemory::start() {
    thread_ = std::jthread([](const std::stop_token& stop) {
        std::mutex mutex;
        std::condition_variable_any changed;
        std::int64_t kept = spare();
        while (!stop.stop_requested()) {
            std::unique_lock lock(mutex);
            changed.wait_for(lock, stop, pause, [] { return false; });
            kept = std::min(kept, spare());
            if (spare() < kept + worth_giving) continue;
            malloc_trim(0);
            kept = spare();
        }
    });
}

void SpareMemory::stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
}

}  // namespace app
