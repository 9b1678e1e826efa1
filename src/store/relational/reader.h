// SPDX-License-Identifier: Apache-2.0
#pragma once

// Questions to the database as one session sees it: inside a read transaction one moment, inside the writing transaction
// everything done so far.

#include "store/relational/session.h"
#include "store/repository.h"

namespace store::relational {

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
    void move_to(Position position) { position_ = position; }  // the writing transaction goes on

private:
    base::Result<Page> history_of_one(const HistoryScope& scope, const Window& window);
    base::Result<Page> history_of_many(const HistoryScope& scope, const Window& window);
    base::Result<Version> version_at(std::int64_t rid, Position position);
    // The first position whose time is not before `time`.
    base::Result<Position> first_at(base::Micros time);

    Session& session_;
    Position position_;
};

}  // namespace store::relational
