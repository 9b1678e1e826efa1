// SPDX-License-Identifier: Apache-2.0
#include "app/commands.h"

#include <csignal>
#include <string_view>

#include <malloc.h>

int main(int count, char** arguments) {
    // A peer that goes away in the middle of an answer is ordinary.
    std::signal(SIGPIPE, SIG_IGN);
    // A file at the limit of its size is a full disk (EFBIG), not the end of the process.
    std::signal(SIGXFSZ, SIG_IGN);
    // Bundles come and go by the megabyte on many threads. Few arenas and early return of large blocks keep resident memory
    // at half of what the allocator's defaults make of it; with two only, threads spend a tenth of their time waiting for each other
    // (measured: benchmarks/results).
    mallopt(M_ARENA_MAX, 8);
    mallopt(M_MMAP_THRESHOLD, 512 * 1024);
    mallopt(M_TRIM_THRESHOLD, 16 * 1024 * 1024);
    app::Arguments words(arguments + 1, arguments + count);
    if (std::string_view(arguments[0]).ends_with("andiron-conformance")) words.insert(words.begin(), "test");
    return app::run(words);
}
