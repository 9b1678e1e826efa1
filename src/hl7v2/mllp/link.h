// SPDX-License-Identifier: Apache-2.0
#pragma once

// MLLP on a live connection: frames in, answers out. A message is answered before the next one of the same connection is looked
// at, unless its receiver says that more will follow (deferred acknowledgement); meanwhile nothing is read, so a sender that
// does not wait is held back by TCP and nothing is lost. What is under way on one link is bounded in number and bytes.

#include "base/net/loop.h"
#include "base/worker.h"
#include "hl7v2/mllp/frame.h"
#include "mapping/tongue.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace hl7v2::mllp {

struct LinkCounts {
    std::atomic<std::uint64_t> messages{0};
    std::atomic<std::uint64_t> skipped_bytes{0};  // between frames
    std::atomic<std::uint64_t> discarded{0};      // frames given up
    std::atomic<std::uint64_t> closed{0};         // links closed for what the peer sent
    std::atomic<std::uint64_t> refused{0};        // links closed for who the peer is
};

// What all links of one door share. Links and answers on their way hold it.
struct Line : std::enable_shared_from_this<Line> {
    // Takes a message, returns at once, and says its answers from any thread. Called by the loop's threads.
    using Receiver = std::function<void(std::string message, const mapping::Origin& origin, mapping::Reply reply)>;

    Line(Receiver receiver, const Options& framing) : receive(std::move(receiver)), options(framing) {}

    const Receiver receive;
    std::function<bool(const std::string& subject)> admits{};            // by the peer's certificate; empty: everybody
    std::function<std::string(std::string_view head)> too_long{};        // the answer to a message that is given up
    const Options options;
    base::net::Loop* loop = nullptr;  // set before the first link
    LinkCounts counts{};

    // While paused nothing is read and no message begun; links stay.
    void pause();
    void resume();
    bool paused() const { return paused_; }

private:
    friend class Link;
    bool park(base::net::ConnectionId id);  // false: not paused any more

    std::atomic<bool> paused_{false};
    std::mutex mutex_;
    std::vector<base::net::ConnectionId> parked_;
};

// A receiver that blocks, as one that answers from a pool. When the pool takes no more, or no answer could be made (`answer` threw: our
// bug, told to `failed` and counted by the pool), the link is closed: its sender repeats.
Line::Receiver on_workers(base::WorkerPool& workers, std::function<std::string(const std::string& message)> answer,
                          std::function<void(std::string_view why)> failed = {});

std::unique_ptr<base::net::Protocol> link(const std::shared_ptr<Line>& line, base::net::Connection& connection);

}  // namespace hl7v2::mllp
