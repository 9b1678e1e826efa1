// SPDX-License-Identifier: Apache-2.0
#pragma once

// The outbox of the reference engine.

#include "store/durable/outbox.h"

#include <mutex>

namespace store {

class MemoryOutbox final : public durable::Outbox {
public:
    base::Result<Position> follow(const std::string& destination, Position begin) override;
    base::Result<void> enqueue(const std::string& destination, Position from, Position upto, const std::vector<durable::Outgoing>& messages) override;
    base::Result<std::vector<durable::Outgoing>> waiting(const std::string& destination, int count) override;
    base::Result<std::optional<durable::Outgoing>> read(std::int64_t number) override;
    base::Result<void> tried(std::int64_t number, base::Micros due, const std::string& reason, const std::string& answer) override;
    base::Result<void> settle(std::int64_t number, const std::string& status, const std::string& reason, const std::string& answer, base::Micros now) override;
    base::Result<void> revive(std::int64_t number, base::Micros now) override;
    base::Result<std::vector<durable::Outgoing>> list(const std::string& destination, const std::string& status, std::int64_t after, int count) override;
    base::Result<std::map<std::string, durable::OutboxCounts>> counts() override;
    base::Result<std::int64_t> sweep(const std::string& destination, base::Micros before) override;

private:
    std::mutex mutex_;
    std::map<std::string, Position> cursors_;
    std::map<std::int64_t, durable::Outgoing> messages_;
    std::int64_t last_ = 0;
};

}  // namespace store
