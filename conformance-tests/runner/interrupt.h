// SPDX-License-Identifier: Apache-2.0
#pragma once

// Ctrl-C while a run is under way: the case that runs is finished, so that what it made is removed, and no other is begun. A second one
// ends the program at once.

namespace runner {

class Interrupt {
public:
    Interrupt();   // from here on SIGINT and SIGTERM are noted; one object at a time
    ~Interrupt();  // and from here on they do again what they did before
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;

    static bool came();
};

}  // namespace runner
