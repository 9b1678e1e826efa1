// SPDX-License-Identifier: Apache-2.0
#pragma once

// One destination: its two threads.

#include "exchange/outbound.h"

namespace exchange {

class Outbound::Destination {
public:
    Destination(Outbound& home, DestinationRules rules, std::unique_ptr<const mapping::Speaker> speaker, std::unique_ptr<Wire> wire);
    base::Result<void> prepare();
    void start();
    void ask_to_stop();
    void join();

    const std::string& name() const { return rules_.name; }
    void wake();
    base::Result<void> pause(bool paused);
    DestinationState state() const;

private:
    void follow(const std::stop_token& stop);
    void deliver(const std::stop_token& stop);
    // Sends what can be sent of `waiting`; the time at which the next can be tried.
    base::Micros deliver_some(const std::vector<store::durable::Outgoing>& waiting, const std::stop_token& stop);
    // True: it is settled. False: it waits, and its lane with it.
    bool deliver_one(std::int64_t number, const std::stop_token& stop);
    mapping::Understood exchange(const store::durable::Outgoing& message, std::string& answer, const std::stop_token& stop);
    bool settle(const store::durable::Outgoing& message, const mapping::Understood& reply, const std::string& answer, const std::stop_token& stop);
    // False: a stop was wanted before it could be written.
    bool note(const std::function<base::Result<void>()>& write, const std::stop_token& stop);
    bool pause_for(base::Micros time, const std::stop_token& stop);
    bool patience_is_over(const std::stop_token& stop);
    base::Micros now() const { return home_.context_.clock.now(); }

    Outbound& home_;
    const DestinationRules rules_;
    const base::Micros after_trouble_;  // of our own disk
    const std::unique_ptr<const mapping::Speaker> speaker_;
    const std::unique_ptr<Wire> wire_;
    std::optional<Feed> feed_;
    store::Position begin_ = 0;

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::uint64_t news_ = 0;       // counts what may make something sendable
    std::string trouble_;
    std::atomic<bool> paused_{false};
    std::atomic<bool> connected_{false};
    std::atomic<store::Position> followed_{0};
    std::atomic<std::uint64_t> tries_{0}, accepted_{0}, refused_{0}, unanswered_{0};
    std::atomic<std::int64_t> stop_asked_{0};  // monotonic milliseconds

    std::jthread following_;
    std::jthread delivering_;
};

}  // namespace exchange
