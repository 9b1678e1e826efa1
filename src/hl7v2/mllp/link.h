// SPDX-License-Identifier: Apache-2.0
#pragma once

// MLLP on a live connection: frames in, answers out, in order. A message is answered before the next one of the same
// connection is looked at; meanwhile nothing is read, so a sender that does not wait is held back by TCP and nothing is lost.

#include "base/net/loop.h"
#include "base/worker.h"
#include "hl7v2/mllp/frame.h"

#include <atomic>
#include <functional>

namespace hl7v2::mllp {

struct LinkCounts {
    std::atomic<std::uint64_t> messages{0};
    std::atomic<std::uint64_t> skipped_bytes{0};  // between frames
    std::atomic<std::uint64_t> discarded{0};      // frames given up
    std::atomic<std::uint64_t> closed{0};         // links closed for what the peer sent
};

// What all links of one door share; outlives them.
struct Line {
    Line(std::function<std::string(std::string_view)> receiver, base::WorkerPool& pool, const Options& framing)
        : receive(std::move(receiver)), workers(pool), options(framing) {}
    // The answer's bytes, unframed; empty = none. Blocks; called on a worker.
    std::function<std::string(std::string_view message)> receive;
    base::WorkerPool& workers;
    Options options;
    base::net::Loop* loop = nullptr;  // set once the loop exists, before it starts
    LinkCounts counts{};
};

std::unique_ptr<base::net::Protocol> link(Line& line, base::net::Connection& connection);

}  // namespace hl7v2::mllp
