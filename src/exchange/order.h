// SPDX-License-Identifier: Apache-2.0
#pragma once

// Who may go on: of those that share a key, the one that arrived first. Others do not wait for each other, and nobody who
// waits holds a thread. Somebody with several keys goes when it is the first of all of them; places are taken in one step, so
// no circle of waiting can form.
//
// Taking a place, going and leaving cost a look-up a key. Thread-safe.

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace exchange {

class Order {
public:
    using Work = std::function<void()>;
    struct Place;
    using Held = std::shared_ptr<Place>;

    // `run` is given the work of those whose turn comes while another leaves; it must not run it at once.
    explicit Order(std::function<void(Work)> run) : run_(std::move(run)) {}

    // In order of arrival. Without keys nobody is before it.
    Held arrive(std::vector<std::string> keys);
    // True when it is its turn: the caller goes on by itself. Otherwise `work` is kept and handed to `run` when the turn comes.
    bool go(const Held& place, Work work);
    // Done, or given up: the next may go. A second time does nothing.
    void leave(const Held& place);

private:
    std::function<void(Work)> run_;
    std::mutex mutex_;
    std::unordered_map<std::string, std::deque<Held>> lines_;
};

}  // namespace exchange
