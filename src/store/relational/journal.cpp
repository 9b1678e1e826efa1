// SPDX-License-Identifier: Apache-2.0
#include "store/relational/journal.h"

#include "store/relational/borrowed.h"

#include <algorithm>

namespace store::relational {

using base::Fault;
using durable::Entry;

namespace {

// Columns: number, channel, control_id, received, reused, status, answer.
Entry entry_from(const sql::Statement& row) {
    Entry entry;
    entry.number = row.integer(0);
    entry.channel = row.text(1);
    entry.control_id = row.text(2);
    entry.received = row.integer(3);
    entry.reused_control_id = row.integer(4) != 0;
    entry.status = row.text(5);
    entry.answer = row.blob(6);
    return entry;
}

base::Result<Entry> record_entry(sql::Connection& connection, const std::string& channel, const std::string& control_id,
                                 std::string_view bytes, base::Micros time) {
    const base::Digest digest = base::sha256(bytes);
    {
        TRY(auto known, connection.prepare("select number, channel, control_id, received, reused, status, answer from journal "
                                           "where channel = ? and control_id = ? and digest = ?"));
        known.bind(std::string_view(channel)).bind(std::string_view(control_id));
        TRY(const bool row, known.bind_blob(base::view(digest)).step());
        if (row) {
            Entry entry = entry_from(known);
            entry.repeated = true;
            entry.bytes = bytes;
            return entry;
        }
    }
    Entry entry{0, channel, control_id, time, "received", "", std::string(bytes)};
    {
        TRY(auto same_id, connection.prepare("select 1 from journal where channel = ? and control_id = ? limit 1"));
        TRY(entry.reused_control_id, same_id.bind(std::string_view(channel)).bind(std::string_view(control_id)).step());
    }
    TRY(auto insert, connection.prepare("insert into journal (channel, control_id, digest, received, reused, status, answer, "
                                        "bytes) values (?, ?, ?, ?, ?, 'received', x'', ?)"));
    insert.bind(std::string_view(channel)).bind(std::string_view(control_id)).bind_blob(base::view(digest)).bind(time);
    TRY(insert.bind(std::int64_t{entry.reused_control_id}).bind_blob(bytes).run());
    TRY(entry.number, connection.number("select last_insert_rowid()"));
    return entry;
}

}  // namespace

base::Result<void> settle_entry(sql::Connection& connection, std::int64_t entry, const std::string& status,
                                const std::string& answer) {
    TRY(auto update, connection.prepare("update journal set status = ?, answer = ? where number = ?"));
    TRY(update.bind(std::string_view(status)).bind_blob(answer).bind(entry).run());
    if (connection.changes() == 0) return Fault{Fault::Kind::missing, "no such journal entry"};
    return {};
}

base::Result<Entry> Journal::record(const std::string& channel, const std::string& control_id, std::string_view bytes,
                                    base::Micros time) {
    Entry entry;
    const Task task = [&](Desk& desk) -> base::Result<void> {
        TRY(entry, record_entry(*desk.session.connection, channel, control_id, bytes, time));
        return {};
    };
    TRY(writer_.write(task));
    return entry;
}

base::Result<void> Journal::answer(std::int64_t entry, const std::string& status, const std::string& answer) {
    return writer_.write([&](Desk& desk) { return settle_entry(*desk.session.connection, entry, status, answer); });
}

base::Result<std::optional<Entry>> Journal::read(std::int64_t number) {
    TRY(auto borrowed, Borrowed::from(pool_));
    TRY(auto select, borrowed.connection().prepare("select number, channel, control_id, received, reused, status, answer, "
                                                   "bytes from journal where number = ?"));
    TRY(const bool row, select.bind(number).step());
    if (!row) return std::optional<Entry>();
    Entry entry = entry_from(select);
    entry.bytes = select.blob(7);
    return std::optional(std::move(entry));
}

base::Result<std::vector<Entry>> Journal::list(const std::string& status, std::int64_t after, int count) {
    TRY(auto borrowed, Borrowed::from(pool_));
    const std::string columns = "select number, channel, control_id, received, reused, status, answer from journal where ";
    TRY(auto select, borrowed.connection().prepare(columns + (status.empty() ? "" : "status = ? and ") +
                                                   "number > ? order by number limit ?"));
    if (!status.empty()) select.bind(std::string_view(status));
    select.bind(after).bind(std::int64_t{count});
    std::vector<Entry> entries;
    while (true) {
        TRY(const bool row, select.step());
        if (!row) return entries;
        entries.push_back(entry_from(select));
    }
}

base::Result<durable::Counts> Journal::counts() {
    TRY(auto borrowed, Borrowed::from(pool_));
    TRY(auto select, borrowed.connection().prepare("select status, count(*) from journal group by status"));
    durable::Counts counts;
    while (true) {
        TRY(const bool row, select.step());
        if (!row) return counts;
        if (select.text(0) == "received") counts.received = select.integer(1);
        if (select.text(0) == "answered") counts.answered = select.integer(1);
        if (select.text(0) == "failed") counts.failed = select.integer(1);
    }
}

base::Result<std::optional<std::string>> Records::get(const std::string& key, base::Micros now) {
    TRY(auto borrowed, Borrowed::from(pool_));
    TRY(auto select, borrowed.connection().prepare("select value from record where key = ? and (expires = 0 or expires > ?)"));
    TRY(const bool row, select.bind(std::string_view(key)).bind(now).step());
    return row ? std::optional(std::string(select.blob(0))) : std::nullopt;
}

base::Result<void> Records::put(const std::string& key, const std::string& value, base::Micros expires) {
    return writer_.write([&](Desk& desk) -> base::Result<void> {
        TRY(auto upsert, desk.session.connection->prepare(
                             "insert into record (key, value, expires) values (?, ?, ?) on conflict (key) do update set "
                             "value = excluded.value, expires = excluded.expires"));
        return upsert.bind(std::string_view(key)).bind_blob(value).bind(expires).run();
    });
}

base::Result<void> Records::remove(const std::string& key) {
    return writer_.write([&](Desk& desk) -> base::Result<void> {
        TRY(auto erase, desk.session.connection->prepare("delete from record where key = ?"));
        return erase.bind(std::string_view(key)).run();
    });
}

base::Result<std::int64_t> Records::sweep(base::Micros now) {
    std::int64_t swept = 0;
    const Task task = [&](Desk& desk) -> base::Result<void> {
        TRY(auto erase, desk.session.connection->prepare("delete from record where expires <> 0 and expires <= ?"));
        TRY(erase.bind(now).run());
        swept = desk.session.connection->changes();
        return {};
    };
    TRY(writer_.write(task));
    return swept;
}

base::Result<std::vector<LedgerEntry>> LedgerReader::read(Position after, int count) {
    TRY(auto borrowed, Borrowed::from(pool_));
    TRY(auto select, borrowed.connection().prepare(
                         "select l.position, l.time, t.name, r.id, l.version, l.change, l.content, l.hash, "
                         "(select case when o.first <= l.position then o.channel else '' end from origin o where o.last >= l.position order by o.last limit 1) "
                         "from ledger l "
                         "join type t on t.id = l.type join resource r on r.rid = l.rid where l.position > ? "
                         "order by l.position limit ?"));
    select.bind(after).bind(std::int64_t{count});
    std::vector<LedgerEntry> entries;
    while (true) {
        TRY(const bool row, select.step());
        if (!row) return entries;
        LedgerEntry entry{select.integer(0), select.integer(1), std::string(select.text(2)), std::string(select.text(3)),
                          select.integer(4), static_cast<Change>(select.integer(5)), {}, {}};
        const auto digest = [&](int column, base::Digest& into) {
            const auto bytes = select.blob(column);
            std::copy_n(bytes.begin(), std::min(bytes.size(), into.size()), into.begin());
        };
        digest(6, entry.content);
        digest(7, entry.hash);
        entry.origin = select.text(8);
        entries.push_back(std::move(entry));
    }
}

}  // namespace store::relational
