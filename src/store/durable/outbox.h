// SPDX-License-Identifier: Apache-2.0
#pragma once

// Messages on their way out, and how far each destination has followed the ledger.
//
// enqueue() writes the messages of a stretch of the ledger and the end of that stretch in one commit: a change reaches the queue exactly
// once, whenever the process dies. The bytes are made once and kept: every try sends the same. Numbers count from 1 over all destinations,
// are never given twice, and are the order of a lane. Thread-safe; what changes something blocks for one group commit.

#include "base/clock.h"
#include "base/result.h"
#include "store/repository.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace store::durable {

struct Outgoing {
    std::int64_t number = 0;
    std::string destination{};
    std::string lane{};         // messages of one lane stay in order
    Position position = 0;      // of the change that sends it
    std::string subject{};      // "DiagnosticReport/1/_history/2"
    std::string kind{};         // "ORU^R01"
    std::string control_id{};   // MSH-10
    base::Micros made = 0;
    base::Micros due = 0;       // not to be tried before; when settled: since when
    std::int64_t attempts = 0;
    std::string status{};       // "waiting", "sent", "dead" (waits for an operator) or "discarded"
    std::string reason{};       // why the last try failed, or why it was discarded
    std::string answer{};       // the last answer's bytes
    std::string bytes{};        // left empty by waiting() and list()
};

struct OutboxCounts {
    std::int64_t waiting = 0;
    std::int64_t sent = 0;
    std::int64_t dead = 0;
    std::int64_t discarded = 0;
    base::Micros oldest = 0;    // when the oldest that waits was made; 0: none waits
};

class Outbox {
public:
    virtual ~Outbox() = default;
    // How far a destination has followed; a new one begins behind `begin`.
    virtual base::Result<Position> follow(const std::string& destination, Position begin) = 0;
    // `messages` need lane, position, subject, kind, control_id, made, due, status, reason and bytes. Conflict, and nothing written, when the
    // destination does not stand at `from`.
    virtual base::Result<void> enqueue(const std::string& destination, Position from, Position upto, const std::vector<Outgoing>& messages) = 0;
    // The first that wait, in order, without their bytes.
    virtual base::Result<std::vector<Outgoing>> waiting(const std::string& destination, int count) = 0;
    virtual base::Result<std::optional<Outgoing>> read(std::int64_t number) = 0;
    // A try in vain: the message waits until `due`.
    virtual base::Result<void> tried(std::int64_t number, base::Micros due, const std::string& reason, const std::string& answer) = 0;
    // Its end: "sent", "dead" or "discarded". A try is counted unless it is discarded. Missing when there is no such message: only one that waits
    // becomes dead, only one that waits or is dead is discarded; whatever became of it meanwhile, it may have been sent.
    virtual base::Result<void> settle(std::int64_t number, const std::string& status, const std::string& reason, const std::string& answer, base::Micros now) = 0;
    // From "dead", "discarded" or "sent" to "waiting" again, in its old place. Missing when there is none such.
    virtual base::Result<void> revive(std::int64_t number, base::Micros now) = 0;
    // Of one destination (empty: of all) with this status (empty: any), by number, without their bytes.
    virtual base::Result<std::vector<Outgoing>> list(const std::string& destination, const std::string& status, std::int64_t after, int count) = 0;
    virtual base::Result<std::map<std::string, OutboxCounts>> counts() = 0;
    // Takes away what was sent or discarded there before `before`; returns how many.
    virtual base::Result<std::int64_t> sweep(const std::string& destination, base::Micros before) = 0;
};

}  // namespace store::durable
