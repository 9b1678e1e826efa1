// SPDX-License-Identifier: Apache-2.0
#include "store/memory_outbox.h"

namespace store {

using base::Fault;
using durable::Outgoing;

namespace {

Fault no_such() { return {Fault::Kind::missing, "no such message in the outbox"}; }

Outgoing without_bytes(const Outgoing& message) {
    Outgoing copy = message;
    copy.bytes.clear();
    return copy;
}

}  // namespace

base::Result<Position> MemoryOutbox::follow(const std::string& destination, Position begin) {
    const std::lock_guard lock(mutex_);
    return cursors_.emplace(destination, begin).first->second;
}

base::Result<void> MemoryOutbox::enqueue(const std::string& destination, Position from, Position upto, const std::vector<Outgoing>& messages) {
    const std::lock_guard lock(mutex_);
    const auto cursor = cursors_.find(destination);
    if (cursor == cursors_.end() || cursor->second != from) return Fault{Fault::Kind::conflict, "the destination has followed the ledger elsewhere"};
    cursor->second = upto;
    for (Outgoing message : messages) {
        message.number = ++last_;
        message.destination = destination;
        messages_.emplace(message.number, std::move(message));
    }
    return {};
}

base::Result<std::vector<Outgoing>> MemoryOutbox::waiting(const std::string& destination, int count) {
    return list(destination, "waiting", 0, count);
}

base::Result<std::optional<Outgoing>> MemoryOutbox::read(std::int64_t number) {
    const std::lock_guard lock(mutex_);
    const auto found = messages_.find(number);
    return found == messages_.end() ? std::optional<Outgoing>() : std::optional(found->second);
}

base::Result<void> MemoryOutbox::tried(std::int64_t number, base::Micros due, const std::string& reason, const std::string& answer) {
    const std::lock_guard lock(mutex_);
    const auto found = messages_.find(number);
    if (found == messages_.end() || found->second.status != "waiting") return no_such();
    ++found->second.attempts;
    found->second.due = due;
    found->second.reason = reason;
    found->second.answer = answer;
    return {};
}

base::Result<void> MemoryOutbox::settle(std::int64_t number, const std::string& status, const std::string& reason, const std::string& answer, base::Micros now) {
    const std::lock_guard lock(mutex_);
    const auto found = messages_.find(number);
    if (found == messages_.end()) return no_such();
    const std::string& stands = found->second.status;
    if (status != "sent" && stands != "waiting" && (status == "dead" || stands != "dead")) return no_such();
    if (status != "discarded") ++found->second.attempts;
    found->second.status = status;
    found->second.reason = reason;
    if (status != "discarded") found->second.answer = answer;
    found->second.due = now;
    return {};
}

base::Result<void> MemoryOutbox::revive(std::int64_t number, base::Micros now) {
    const std::lock_guard lock(mutex_);
    const auto found = messages_.find(number);
    if (found == messages_.end() || found->second.status == "waiting" || found->second.bytes.empty()) return no_such();
    found->second.status = "waiting";
    found->second.attempts = 0;
    found->second.due = now;
    return {};
}

base::Result<std::vector<Outgoing>> MemoryOutbox::list(const std::string& destination, const std::string& status, std::int64_t after, int count) {
    const std::lock_guard lock(mutex_);
    std::vector<Outgoing> found;
    for (auto at = messages_.upper_bound(after); at != messages_.end() && static_cast<int>(found.size()) < count; ++at)
        if ((destination.empty() || at->second.destination == destination) && (status.empty() || at->second.status == status))
            found.push_back(without_bytes(at->second));
    return found;
}

base::Result<std::map<std::string, durable::OutboxCounts>> MemoryOutbox::counts() {
    const std::lock_guard lock(mutex_);
    std::map<std::string, durable::OutboxCounts> all;
    for (const auto& [number, message] : messages_) {
        durable::OutboxCounts& counts = all[message.destination];
        if (message.status == "sent") ++counts.sent;
        else if (message.status == "dead") ++counts.dead;
        else if (message.status == "discarded") ++counts.discarded;
        else if (++counts.waiting; counts.oldest == 0 || message.made < counts.oldest) counts.oldest = message.made;
    }
    return all;
}

base::Result<std::int64_t> MemoryOutbox::sweep(const std::string& destination, base::Micros before) {
    const std::lock_guard lock(mutex_);
    return static_cast<std::int64_t>(std::erase_if(messages_, [&](const auto& one) {
        return one.second.destination == destination && (one.second.status == "sent" || one.second.status == "discarded") && one.second.due < before;
    }));
}

}  // namespace store
