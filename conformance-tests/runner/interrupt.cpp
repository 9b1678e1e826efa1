// SPDX-License-Identifier: Apache-2.0
#include "runner/interrupt.h"

#include <csignal>

#include <unistd.h>

namespace runner {

namespace {

volatile std::sig_atomic_t noted = 0;

void note(int signal) {
    if (noted != 0) ::_exit(128 + signal);
    noted = 1;
    // What is safe in a handler; nothing can be done when it fails.
    constexpr char said[] = "\nandiron test: ending with the test that runs, and removing what was made; once more ends it at once\n";
    (void)!::write(STDERR_FILENO, said, sizeof said - 1);
}

}  // namespace

Interrupt::Interrupt() {
    noted = 0;
    std::signal(SIGINT, note);
    std::signal(SIGTERM, note);
}

Interrupt::~Interrupt() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
}

bool Interrupt::came() { return noted != 0; }

}  // namespace runner
