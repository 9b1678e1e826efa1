// SPDX-License-Identifier: Apache-2.0
#pragma once

// One piece of work inside the writing transaction.

#include "store/relational/index_rows.h"
#include "store/relational/reader.h"
#include "store/relational/writer.h"

namespace store::relational {

class Working final : public Transaction {
public:
    explicit Working(Desk& desk) : desk_(desk), begun_(desk.position), now_(desk.session, desk.position) {}

    Snapshot& now() override { return now_; }
    base::Result<Written> put(const Put& put) override;
    base::Result<Written> remove(const std::string& type, const std::string& id) override;
    base::Result<std::int64_t> forget(const std::string& type, const std::string& id,
                                      const std::vector<std::int64_t>& versions) override;  // forget.cpp
    base::Result<void> settle(std::int64_t journal_entry, const durable::Settlement& settlement) override;
    base::Result<void> enter(const durable::Arrival& message, const durable::Settlement& settlement) override;
    base::Micros time() const override { return desk_.time; }

    // When all is done: what was written came by the message that was settled, if one was.
    base::Result<void> note_origin();

    // Makes the rows of these parameters (their numbers, sorted; 0: all) be `values`, when the resource is still as it was at `position`.
    base::Result<void> reindex(std::int64_t rid, Position position, std::int64_t type, const std::vector<fhir::search::IndexValue>& values,
                               const std::vector<std::int64_t>& parameters);

private:
    base::Result<void> write_pending() { return desk_.session.rows.write(connection(), desk_.session.words); }
    base::Result<void> to_history(std::int64_t rid);
    base::Result<void> to_ledger(std::int64_t type, std::int64_t rid, const Version& version);
    base::Result<std::vector<IndexRow>> rows(const std::vector<fhir::search::IndexValue>& values, std::int64_t type);

    sql::Connection& connection() { return *desk_.session.connection; }

    Desk& desk_;
    const Position begun_;  // the ledger's end before this piece of work
    Reader now_;
    std::int64_t settled_ = 0;   // the journal entry whose message this work is
};

}  // namespace store::relational
