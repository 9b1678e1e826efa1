// SPDX-License-Identifier: Apache-2.0
#include "app/commands.h"

#include <csignal>

int main(int count, char** arguments) {
    // A peer that goes away in the middle of an answer is ordinary.
    std::signal(SIGPIPE, SIG_IGN);
    return app::run({arguments + 1, arguments + count});
}
