// SPDX-License-Identifier: Apache-2.0
#pragma once

// HTTP on one connection: the codec below, a Site above. One request at a time; the next one waits in the codec until the
// answer before it has been queued, so answers keep their order however long each takes. Quick calls are answered on the
// connection's own thread; all others go to the workers and come back by Loop::post.

#include "base/clock.h"
#include "base/net/loop.h"
#include "base/worker.h"
#include "server/http/site.h"

#include <atomic>

namespace server::http {

// Counts of one door, for /metrics.
struct Traffic {
    std::atomic<std::uint64_t> requests{0};
    std::atomic<std::uint64_t> by_class[6] = {};  // [2] = answers 2xx ...
    std::atomic<std::uint64_t> turned_away{0};    // 503 because the workers' queue was full
    std::atomic<std::uint64_t> bugs{0};           // exceptions that became a 500
};

// What all connections of one door share; outlives them.
struct Service {
    Service(Site& serving, base::WorkerPool& pool, const base::Clock& time, const Limits& bounds = {})
        : site(serving), workers(pool), clock(time), limits(bounds) {}
    Site& site;
    base::WorkerPool& workers;
    const base::Clock& clock;
    Limits limits;
    base::net::Loop* loop = nullptr;  // set once the loop exists, before it starts
    Traffic traffic{};
};

std::unique_ptr<base::net::Protocol> serve(Service& service, base::net::Connection& connection);

}  // namespace server::http
