// SPDX-License-Identifier: Apache-2.0
#pragma once

// The journal, the records and the ledger in the database: writing through the one writer, reading through the pool.

#include "store/durable/journal.h"
#include "store/durable/record.h"
#include "store/ledger.h"
#include "store/relational/session.h"
#include "store/relational/writer.h"

namespace store::relational {

// As durable::Journal::settle. The versions at the ledger's positions (wrote_after, wrote_until] are what came of it; none: what
// was noted before stays.
base::Result<void> settle_entry(sql::Connection& connection, std::int64_t entry, const durable::Settlement& settlement,
                                Position wrote_after, Position wrote_until);

// A new entry that is settled from the beginning, as by settle_entry; its number. Fault (conflict): the message has an entry already.
base::Result<std::int64_t> enter_entry(sql::Connection& connection, const durable::Arrival& message, const durable::Settlement& settlement,
                                       Position wrote_after, Position wrote_until);

class Journal final : public durable::Journal {
public:
    Journal(Writer& writer, Pool& pool) : writer_(writer), pool_(pool) {}
    base::Result<durable::Entry> record(const std::string& channel, const std::string& control_id, std::string_view bytes,
                                        base::Micros time) override;
    base::Result<std::optional<durable::Entry>> find(const std::string& channel, const std::string& control_id, std::string_view bytes) override;
    base::Result<void> settle(std::int64_t entry, const durable::Settlement& settlement) override;
    base::Result<durable::Entry> amend(std::int64_t original, const durable::Settlement& settlement, const std::string& control_id,
                                       std::string_view bytes) override;
    base::Result<std::optional<durable::Entry>> read(std::int64_t entry) override;
    base::Result<std::vector<durable::Entry>> list(const durable::Wanted& wanted) override;
    base::Result<durable::Tally> counts() override;
    base::Result<durable::Swept> sweep(base::Micros before, int most) override;

private:
    base::Result<durable::Tally> count_now(sql::Connection& connection);

    Writer& writer_;
    Pool& pool_;
    std::mutex counting_;  // guards what follows
    std::int64_t counted_ = 0;                     // entries up to this number stand in totals_
    std::map<std::string, std::int64_t> totals_;   // by channel
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
