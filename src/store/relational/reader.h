// SPDX-License-Identifier: Apache-2.0
#pragma once

// Questions to the database as one session sees it: inside a read transaction one moment, inside the writing transaction
// everything done so far.

#include "store/relational/names.h"
#include "store/repository.h"

#include <algorithm>

namespace store::relational {

// The time limit holds while this lives.
class Limited {
public:
    explicit Limited(Session& session) : connection_(*session.connection) { connection_.limit(session.longest); }
    ~Limited() { connection_.limit(std::chrono::milliseconds(0)); }
    Limited(const Limited&) = delete;
    Limited& operator=(const Limited&) = delete;

private:
    sql::Connection& connection_;
};

// Columns from `first`: version, last_updated, position, change, body. What is not as the ledger has it is never shown: Fault (bug), for a
// damaged disk, which is nobody's wrong question. About two microseconds for a kilobyte.
base::Result<Version> version_from(sql::Connection& connection, const sql::Statement& row, int first, std::string type, std::string id);

inline Position bound_of(const Window& window, Position position) {
    return window.as_of > 0 ? std::min(window.as_of, position) : position;
}

class Reader final : public Snapshot {
public:
    Reader(Session& session, Position position) : session_(session), position_(position) {}

    base::Result<std::optional<Version>> read(const std::string& type, const std::string& id) override;
    base::Result<std::optional<Version>> vread(const std::string& type, const std::string& id, std::int64_t version) override;
    base::Result<Page> history(const HistoryScope& scope, const Window& window) override;
    base::Result<Page> search(const fhir::search::Query& query, const fhir::search::Reach& reach, const Window& window) override;
    base::Result<std::vector<Version>> follow(const std::vector<Name>& from, const Step& step, const fhir::search::Reach& reach,
                                              int most) override;
    base::Result<Explanation> explain(const fhir::search::Query& query, const fhir::search::Reach& reach) override;
    Position position() const override { return position_; }
    // The writing transaction has changed something.
    void move_to(Position position, const std::string& type, const std::string& id) {
        position_ = position;
        std::erase_if(seen_, [&](const Remembered& one) { return one.name.id == id && one.name.type == type; });
    }

    // The current version and its row.
    struct Row {
        std::int64_t rid = 0;
        Version version;
    };
    // Inside the writing transaction some are remembered: whoever looks at a resource is about to put it.
    base::Result<std::optional<Row>> row(const std::string& type, const std::string& id);

private:
    base::Result<Page> history_of_one(const HistoryScope& scope, const Window& window);
    base::Result<Page> history_of_many(const HistoryScope& scope, const Window& window);
    base::Result<Version> version_at(std::int64_t rid, Position position);
    // The version of a resource that is seen; none when it was deleted.
    base::Result<Version> version_seen(std::int64_t rid, Seen seen);
    // The first position whose time is not before `time`.
    base::Result<Position> first_at(base::Micros time);

    Session& session_;
    Position position_;
    struct Remembered {
        Name name;
        std::optional<Row> row;
    };
    std::vector<Remembered> seen_;
};

}  // namespace store::relational
