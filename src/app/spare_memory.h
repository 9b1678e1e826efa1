// SPDX-License-Identifier: Apache-2.0
#pragma once

// Gives memory back that was freed and lies idle in the allocator. A few large answers to slow readers leave holes between what
// lives on, and the allocator returns only what lies at its ends: without this a peak stays resident for days. Looks every few
// seconds; costs milliseconds when there is something to give, microseconds otherwise.

#include <cstddef>
#include <thread>

namespace app {

class SpareMemory {
public:
    void start();
    // Returns when its thread has ended; also in the destructor.
    void stop();

private:
    std::jthread thread_;
};

}  // namespace app
