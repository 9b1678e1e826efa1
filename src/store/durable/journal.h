// SPDX-License-Identifier: Apache-2.0
#pragma once

// Every inbound message, kept before it is read. When record() returns, the bytes are on disk: from here nothing is lost.
//
// The key is (channel, control id, SHA-256 of the bytes): a sender that repeats itself finds the first entry and its answer.
// Senders do reuse control ids: the same id with other bytes is a new entry, and says so.
// Thread-safe. record() and answer() block for one group commit (about one fsync).

#include "base/clock.h"
#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace store::durable {

struct Entry {
    std::int64_t number = 0;         // from 1, in order of arrival
    std::string channel;
    std::string control_id;
    base::Micros received = 0;
    std::string status;              // "received", "answered" or "failed"
    std::string answer;              // the stored answer's bytes; empty while there is none
    std::string bytes;               // the message; left empty by list()
    bool repeated = false;           // by record(): this very message was here before
    bool reused_control_id = false;  // an earlier message of the channel had this control id and other bytes
};

struct Counts {
    std::int64_t received = 0;
    std::int64_t answered = 0;
    std::int64_t failed = 0;
};

class Journal {
public:
    virtual ~Journal() = default;
    virtual base::Result<Entry> record(const std::string& channel, const std::string& control_id, std::string_view bytes,
                                       base::Micros time) = 0;
    // Fault (missing) when there is no such entry. Transaction::settle does the same inside a commit.
    virtual base::Result<void> answer(std::int64_t entry, const std::string& status, const std::string& answer) = 0;
    virtual base::Result<std::optional<Entry>> read(std::int64_t entry) = 0;
    // Entries with this status (empty = all) and a number above `after`, oldest first, without their bytes.
    virtual base::Result<std::vector<Entry>> list(const std::string& status, std::int64_t after, int count) = 0;
    virtual base::Result<Counts> counts() = 0;
};

}  // namespace store::durable
