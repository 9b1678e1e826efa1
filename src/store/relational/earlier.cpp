// SPDX-License-Identifier: Apache-2.0
#include "store/relational/earlier.h"

#include "store/relational/reader.h"

#include <chrono>

namespace store::relational {

using base::Fault;

namespace {

base::Result<void> clear(Session& session) {
    sql::Connection& connection = *session.connection;
    if (!session.earlier.tables) {
        TRY(connection.execute("create table if not exists temp.then_resource (rid integer primary key, type integer not null, id text not null, "
                               "last_updated integer not null, change integer not null, position integer not null); "
                               "create index if not exists temp.then_name on then_resource (type, id); "
                               "create index if not exists temp.then_time on then_resource (type, last_updated)"));
        TRY(make_earlier_tables(connection));
        session.earlier.tables = !session.writes;  // there the making of them may be taken back
    }
    TRY(connection.execute("delete from temp.then_resource"));
    TRY(empty_earlier_tables(connection));
    session.earlier.moved = 0;
    return {};
}

// Was a version between the two positions taken away (forget.cpp)?
base::Result<bool> forgotten(sql::Connection& connection, std::int64_t rid, Position after, Position as_of) {
    TRY(auto select, connection.prepare("select 1 from forgotten where rid = ? and position > ? and position <= ? limit 1"));
    TRY(const bool row, select.bind(rid).bind(after).bind(as_of).step());
    return row;
}

// Not there at the moment: what was forgotten is not shown, not even as it was.
base::Result<void> absent(sql::Connection& connection, std::int64_t rid) {
    TRY(auto insert, connection.prepare("insert into temp.then_resource (rid, type, id, last_updated, change, position) "
                                        "select rid, type, id, last_updated, ?, position from resource where rid = ?"));
    return insert.bind(static_cast<std::int64_t>(Change::deleted)).bind(rid).run();
}

// Its version at the moment, and what that was found by.
base::Result<void> keep(Session& session, std::int64_t rid, Position as_of) {
    sql::Connection& connection = *session.connection;
    std::string type_name;
    std::string body;
    std::int64_t type = 0;
    {
        TRY(auto select, connection.prepare("select r.type, t.name, r.id, h.last_updated, h.change, h.position, h.body from resource r "
                                            "join type t on t.id = r.type join history h on h.rid = r.rid where r.rid = ? and h.position <= ? "
                                            "order by h.version desc limit 1"));
        TRY(const bool row, select.bind(rid).bind(as_of).step());
        TRY(const bool taken, forgotten(connection, rid, row ? select.integer(5) : 0, as_of));
        if (taken) return absent(connection, rid);
        if (!row) return Fault{Fault::Kind::bug, "the ledger names a version that is not there"};
        type = select.integer(0);
        TRY(auto insert, connection.prepare("insert into temp.then_resource (rid, type, id, last_updated, change, position) values (?, ?, ?, ?, ?, ?)"));
        insert.bind(rid).bind(type).bind(select.text(2)).bind(select.integer(3)).bind(select.integer(4));
        TRY(insert.bind(select.integer(5)).run());
        if (static_cast<Change>(select.integer(4)) == Change::deleted) return {};
        type_name = select.text(1);
        body = select.blob(6);
    }
    const auto values = session.known->indexing->values(type_name, body);
    const Names names(session);
    const auto system = [&](const std::string& uri) { return names.system(uri); };
    TRY(const auto rows, rows_from(values, type, *session.parameters, system));
    return write_earlier_rows(connection, rid, rows);
}

// Resources that were there at the moment and were changed since, without those that were looked at; one more than may be.
// The time limit holds for this alone: a statement that writes and is interrupted takes its whole transaction back.
base::Result<std::vector<std::int64_t>> changed(Session& session, Position as_of, Position position) {
    std::vector<std::int64_t> rids;
    if (session.earlier.upto >= position) return rids;
    const Limited limited(session);
    TRY(auto select, session.connection->prepare("select distinct rid from ledger where position > ? and position <= ? and rid <= ? limit ?"));
    select.bind(session.earlier.upto).bind(position).bind(as_of).bind(session.tuning.most_moved + 1);
    while (true) {
        TRY(const bool row, select.step());
        if (!row) return rids;
        rids.push_back(select.integer(0));
    }
}

}  // namespace

base::Result<Seen> see(Session& session, Position as_of, Position position) {
    if (as_of >= position) return Seen{};
    Seen seen{as_of, false};
    if (session.known->indexing == nullptr || !session.known->indexing->values) return seen;
    const sql::Connection::Deadline deadline(session.longest);
    sql::Connection& connection = *session.connection;
    Earlier& earlier = session.earlier;
    // Inside the writing transaction nothing is relied on: what was made before may have been taken back.
    bool anew = session.writes || earlier.as_of != as_of || earlier.upto > position || earlier.known != session.known;
    if (!anew && earlier.moved > 0) {  // what was kept for pages before this one may have been forgotten since
        TRY(const std::int64_t lost, connection.number("select count(*) from temp.then_resource where change <> 2 and position in (select position from forgotten)"));
        anew = lost > 0;
    }
    if (anew) {
        earlier.moved = 0;
        earlier.upto = as_of;
    }
    earlier.as_of = 0;  // until all went well
    TRY(const auto moved, changed(session, as_of, position));
    const Fault too_old{Fault::Kind::gone, "the page link is too old, too much has changed since; begin again"};
    if (static_cast<std::int64_t>(moved.size()) + earlier.moved > session.tuning.most_moved) return too_old;
    if (!moved.empty() && earlier.moved == 0) TRY(clear(session));
    for (const std::int64_t rid : moved) {
        if (deadline.passed()) return too_old;
        {
            TRY(auto known, connection.prepare("select 1 from temp.then_resource where rid = ?"));
            TRY(const bool row, known.bind(rid).step());
            if (row) continue;
        }
        TRY(keep(session, rid, as_of));
        ++earlier.moved;
    }
    seen.moved = earlier.moved > 0;
    if (session.writes) return seen;
    earlier.upto = position;
    earlier.as_of = as_of;
    earlier.known = session.known;
    return seen;
}

}  // namespace store::relational
