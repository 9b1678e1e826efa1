// SPDX-License-Identifier: Apache-2.0
#pragma once

// The journal, the records and the ledger in the database: writing through the one writer, reading through the pool.

#include "store/durable/journal.h"
#include "store/durable/record.h"
#include "store/ledger.h"
#include "store/relational/session.h"
#include "store/relational/writer.h"

namespace store::relational {

// Fault (missing) when there is no such entry.
base::Result<void> settle_entry(sql::Connection& connection, std::int64_t entry, const std::string& status,
                                const std::string& answer);

class Journal final : public durable::Journal {
public:
    Journal(Writer& writer, Pool& pool) : writer_(writer), pool_(pool) {}
    base::Result<durable::Entry> record(const std::string& channel, const std::string& control_id, std::string_view bytes,
                                        base::Micros time) override;
    base::Result<void> answer(std::int64_t entry, const std::string& status, const std::string& answer) override;
    base::Result<std::optional<durable::Entry>> read(std::int64_t entry) override;
    base::Result<std::vector<durable::Entry>> list(const std::string& status, std::int64_t after, int count) override;
    base::Result<durable::Counts> counts() override;

private:
    Writer& writer_;
    Pool& pool_;
};

class Records final : public durable::Records {
public:
    Records(Writer& writer, Pool& pool) : writer_(writer), pool_(pool) {}
    base::Result<std::optional<std::string>> get(const std::string& key, base::Micros now) override;
    base::Result<void> put(const std::string& key, const std::string& value, base::Micros expires) override;
    base::Result<void> remove(const std::string& key) override;
    base::Result<std::int64_t> sweep(base::Micros now) override;

private:
    Writer& writer_;
    Pool& pool_;
};

class LedgerReader final : public Ledger {
public:
    LedgerReader(Tide& tide, Pool& pool) : tide_(tide), pool_(pool) {}
    base::Result<std::vector<LedgerEntry>> read(Position after, int count) override;
    Position wait(Position after, std::chrono::milliseconds longest) override { return tide_.wait(after, longest); }

private:
    Tide& tide_;
    Pool& pool_;
};

}  // namespace store::relational
