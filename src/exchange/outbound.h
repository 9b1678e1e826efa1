// SPDX-License-Identifier: Apache-2.0
#pragma once

// Changes leave as messages: for each destination one thread follows the ledger and fills the durable queue, another sends what waits there.
//
// A change reaches a destination's queue exactly once (store/durable/outbox.h) and its bytes never change again; it is sent until the peer
// acknowledges it, at least once, in order. After kill -9 between sending and noting the acknowledgement the same bytes go out again under the same
// control id: receivers know repeats by it. Threads stop within a fraction of a second; a reply under way is waited for a little.

#include "base/log.h"
#include "exchange/outbound_feed.h"
#include "store/durable/record.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace exchange {

// A connection to one peer, made when it is needed. One thread at a time.
class Wire {
public:
    virtual ~Wire() = default;
    // Fault (unavailable) when nobody is there, it breaks, or the time is over. `cancelled` is asked several times a second.
    virtual base::Result<void> send(std::string_view message, const std::function<bool()>& cancelled) = 0;
    virtual base::Result<std::string> receive(const std::function<bool()>& cancelled) = 0;  // the next reply
    virtual void close() = 0;
    virtual bool open() const = 0;
};

struct DestinationState {
    std::string name, address;
    bool paused = false;
    bool connected = false;
    store::Position followed = 0;
    std::uint64_t tries = 0, accepted = 0, refused = 0, unanswered = 0;
    std::string trouble;  // of the last try; empty when it went well
    store::durable::OutboxCounts queue{};
};

class Outbound {
public:
    // Everything outlives it.
    Outbound(const interaction::Context& context, store::Ledger& ledger, store::durable::Outbox& outbox, store::durable::Records& records,
             const mapping::Composer& composer, base::Logger& log);
    ~Outbound();  // stop()

    // Before start(). Fault (invalid) when the rules cannot be followed.
    base::Result<void> add(DestinationRules rules, std::unique_ptr<const mapping::Speaker> speaker, std::unique_ptr<Wire> wire);
    void start();
    void stop();
    bool empty() const { return destinations_.empty(); }

    // What an operator sees and may do. Messages by number, as in the outbox.
    base::Result<std::vector<DestinationState>> states() const;
    base::Result<std::vector<store::durable::Outgoing>> list(const std::string& destination, const std::string& status, std::int64_t after, int count) const;
    base::Result<std::optional<store::durable::Outgoing>> show(std::int64_t number) const;  // with its bytes
    base::Result<void> replay(std::int64_t number);                             // dead, discarded or sent: once more, in its old place
    base::Result<void> discard(std::int64_t number, const std::string& reason);  // dead or waiting
    base::Result<void> pause(const std::string& destination, bool paused);      // kept over restarts

    // Prometheus text.
    std::string metrics() const;

private:
    class Destination;
    const interaction::Context& context_;
    store::Ledger& ledger_;
    store::durable::Outbox& outbox_;
    store::durable::Records& records_;
    const mapping::Composer& composer_;
    base::Logger& log_;
    std::vector<std::unique_ptr<Destination>> destinations_;
};

// The wait after `attempts` tries in vain, before chance takes or adds up to a fifth: doubled each time, at most `longest`.
base::Micros back_off(std::int64_t attempts, base::Micros first, base::Micros longest, std::uint8_t chance);

}  // namespace exchange
