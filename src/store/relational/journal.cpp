// SPDX-License-Identifier: Apache-2.0
#include "store/relational/journal.h"

#include "base/text.h"
#include "store/relational/reader.h"

#include <fmt/format.h>
#include "store/relational/borrowed.h"

#include <algorithm>

namespace store::relational {

using base::Fault;
using durable::Entry;
using durable::Settlement;
using durable::State;

namespace {

// Without the bytes, which come behind.
constexpr std::string_view columns =
    "number, channel, control_id, received, reused, status, settled, swept, origin, wrote_after, wrote_until, atoms, kept, "
    "dropped, residue, operator, reason, kind, type, place, remarks, answer";
constexpr int bytes_column = 22;

enum Swept : std::int64_t { never, taken, unripe };
constexpr std::string_view sweep_key = "journal_swept";  // a record: entries up to this number were looked at
constexpr std::string_view finished = "status in ('answered', 'discarded', 'replayed')";

Entry entry_from(const sql::Statement& row) {
    Entry entry;
    entry.number = row.integer(0);
    entry.channel = row.text(1);
    entry.control_id = row.text(2);
    entry.received = row.integer(3);
    entry.reused_control_id = row.integer(4) != 0;
    entry.state = durable::state_of(row.text(5)).value_or(State::received);
    entry.settled = row.integer(6);
    entry.kept = row.integer(7) != taken;
    entry.origin = row.integer(8);
    entry.wrote_after = row.integer(9);
    entry.wrote_until = row.integer(10);
    entry.account = {row.integer(11), row.integer(12), row.integer(13), row.integer(14), std::string(row.text(20))};
    entry.by = row.text(15);
    entry.reason = {std::string(row.text(16)), std::string(row.text(17)), std::string(row.text(18)), std::string(row.text(19))};
    entry.answer = row.blob(21);
    return entry;
}

void bind_or_null(sql::Statement& statement, std::string_view text) {
    if (text.empty()) {
        statement.bind_null();
    } else {
        statement.bind(text);
    }
}

base::Result<std::optional<Entry>> entry_of(sql::Connection& connection, const std::string& channel, const std::string& control_id,
                                            std::string_view digest) {
    static const std::string text = fmt::format("select {} from journal where channel = ? and control_id = ? and digest = ?", columns);
    TRY(auto known, connection.prepare(text));
    known.bind(std::string_view(channel)).bind(std::string_view(control_id));
    TRY(const bool row, known.bind_blob(digest).step());
    return row ? std::optional(entry_from(known)) : std::nullopt;
}

base::Result<bool> has_id(sql::Connection& connection, std::string_view channel, std::string_view control_id) {
    TRY(auto same_id, connection.prepare("select 1 from journal where channel = ? and control_id = ? limit 1"));
    return same_id.bind(channel).bind(control_id).step();
}

base::Result<Entry> insert_entry(sql::Connection& connection, Entry entry, std::string_view digest) {
    TRY(entry.reused_control_id, has_id(connection, entry.channel, entry.control_id));
    TRY(auto insert, connection.prepare("insert into journal (channel, control_id, digest, received, reused, origin, operator, status, "
                                        "answer, bytes) values (?, ?, ?, ?, ?, ?, ?, 'received', x'', ?)"));
    insert.bind(std::string_view(entry.channel)).bind(std::string_view(entry.control_id)).bind_blob(digest).bind(entry.received);
    insert.bind(std::int64_t{entry.reused_control_id}).bind(entry.origin);
    bind_or_null(insert, entry.by);
    TRY(insert.bind_blob(entry.bytes).run());
    TRY(entry.number, connection.number("select last_insert_rowid()"));
    return entry;
}

base::Result<Entry> record_entry(sql::Connection& connection, const std::string& channel, const std::string& control_id,
                                 std::string_view bytes, base::Micros time) {
    const base::Digest digest = base::sha256(bytes);
    TRY(auto known, entry_of(connection, channel, control_id, base::view(digest)));
    if (known) {
        known->repeated = true;
        known->bytes = bytes;
        return *std::move(known);
    }
    Entry entry;
    entry.channel = channel;
    entry.control_id = control_id;
    entry.received = time;
    entry.bytes = bytes;
    return insert_entry(connection, std::move(entry), base::view(digest));
}

Fault no_entry() { return {Fault::Kind::missing, "no such journal entry"}; }

// Where the walk over entries received at `since` or later begins: arrival times rise with the numbers, but for threads that
// overtake each other.
base::Result<std::int64_t> first_since(sql::Connection& connection, base::Micros since) {
    constexpr base::Micros slack = 60'000'000;
    TRY(std::int64_t high, connection.number("select max(number) from journal"));
    std::int64_t low = 0;  // everything up to here came before
    while (low < high) {
        const std::int64_t middle = low + (high - low) / 2;
        TRY(auto select, connection.prepare("select number, received from journal where number > ? order by number limit 1"));
        TRY(const bool row, select.bind(middle).step());
        if (row && select.integer(1) < since - slack) {
            low = select.integer(0);
        } else {
            high = middle;
        }
    }
    return low;
}

}  // namespace

base::Result<void> settle_entry(sql::Connection& connection, std::int64_t entry, const Settlement& settlement, Position wrote_after,
                                Position wrote_until) {
    TRY(auto update, connection.prepare("update journal set status = ?, settled = ?, answer = coalesce(?, answer), operator = coalesce(?, operator), "
                                        "reason = ?, kind = ?, type = ?, place = ?, atoms = ?, kept = ?, dropped = ?, residue = ?, remarks = ?, "
                                        "wrote_after = coalesce(?, wrote_after), wrote_until = coalesce(?, wrote_until) "
                                        "where number = ? and status = ?"));
    update.bind(std::string_view(durable::spelling(settlement.state))).bind(settlement.time);
    if (settlement.answer) {
        update.bind_blob(*settlement.answer);
    } else {
        update.bind_null();
    }
    bind_or_null(update, settlement.by);
    const durable::Reason& reason = settlement.reason;
    for (const std::string* text : {&reason.text, &reason.kind, &reason.type, &reason.where}) bind_or_null(update, *text);
    const durable::Account& account = settlement.account;
    update.bind(account.atoms).bind(account.kept).bind(account.dropped).bind(account.residue);
    bind_or_null(update, account.remarks);
    if (wrote_until > wrote_after) {
        update.bind(wrote_after).bind(wrote_until);
    } else {
        update.bind_null().bind_null();
    }
    TRY(update.bind(entry).bind(std::string_view(durable::spelling(settlement.from))).run());
    if (connection.changes() != 0) return {};
    TRY(auto look, connection.prepare("select status from journal where number = ?"));
    TRY(const bool there, look.bind(entry).step());
    if (!there) return no_entry();
    return Fault{Fault::Kind::conflict, fmt::format("the entry is {}, not {} any more", look.text(0), durable::spelling(settlement.from))};
}

base::Result<std::int64_t> enter_entry(sql::Connection& connection, const durable::Arrival& message, const Settlement& settlement,
                                       Position wrote_after, Position wrote_until) {
    const base::Digest digest = base::sha256(message.bytes);
    TRY(const bool reused, has_id(connection, message.channel, message.control_id));
    if (reused) {
        TRY(auto known, connection.prepare("select 1 from journal where channel = ? and control_id = ? and digest = ?"));
        TRY(const bool there, known.bind(message.channel).bind(message.control_id).bind_blob(base::view(digest)).step());
        if (there) return Fault{Fault::Kind::conflict, "the message is in the journal already"};
    }
    TRY(auto insert, connection.prepare("insert into journal (channel, control_id, digest, received, reused, status, settled, wrote_after, wrote_until, "
                                        "atoms, kept, dropped, residue, operator, reason, kind, type, place, remarks, answer, bytes) "
                                        "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    insert.bind(message.channel).bind(message.control_id).bind_blob(base::view(digest)).bind(message.received).bind(std::int64_t{reused});
    insert.bind(std::string_view(durable::spelling(settlement.state))).bind(settlement.time);
    const bool wrote = wrote_until > wrote_after;
    insert.bind(wrote ? wrote_after : 0).bind(wrote ? wrote_until : 0);
    const durable::Account& account = settlement.account;
    insert.bind(account.atoms).bind(account.kept).bind(account.dropped).bind(account.residue);
    bind_or_null(insert, settlement.by);
    const durable::Reason& reason = settlement.reason;
    for (const std::string* text : {&reason.text, &reason.kind, &reason.type, &reason.where}) bind_or_null(insert, *text);
    bind_or_null(insert, account.remarks);
    insert.bind_blob(settlement.answer ? std::string_view(*settlement.answer) : std::string_view());
    TRY(insert.bind_blob(message.bytes).run());
    return connection.last_rowid();
}

base::Result<Entry> Journal::record(const std::string& channel, const std::string& control_id, std::string_view bytes,
                                    base::Micros time) {
    Entry entry;
    const Task task = [&](Desk& desk) -> base::Result<void> {
        TRY(entry, record_entry(*desk.session.connection, channel, control_id, bytes, time));
        return {};
    };
    TRY(writer_.write(task, Runs::again));
    return entry;
}

base::Result<std::optional<Entry>> Journal::find(const std::string& channel, const std::string& control_id, std::string_view bytes) {
    const base::Digest digest = base::sha256(bytes);
    TRY(auto borrowed, Borrowed::from(pool_));
    TRY(auto found, entry_of(borrowed.connection(), channel, control_id, base::view(digest)));
    if (found) found->bytes = bytes;
    return found;
}

base::Result<void> Journal::settle(std::int64_t entry, const Settlement& settlement) {
    return writer_.write([&](Desk& desk) { return settle_entry(*desk.session.connection, entry, settlement, 0, 0); },
                         Runs::again);
}

base::Result<Entry> Journal::amend(std::int64_t original, const Settlement& settlement, const std::string& control_id,
                                   std::string_view bytes) {
    Entry copy;
    const base::Digest digest = base::sha256(bytes);
    const Task task = [&](Desk& desk) -> base::Result<void> {
        sql::Connection& connection = *desk.session.connection;
        {
            TRY(auto select, connection.prepare("select channel from journal where number = ?"));
            TRY(const bool row, select.bind(original).step());
            if (!row) return no_entry();
            copy.channel = select.text(0);
        }
        TRY(auto known, entry_of(connection, copy.channel, control_id, base::view(digest)));
        if (known) {
            TRY(durable::check_copy(*known, original));
            copy = *std::move(known);
            copy.repeated = true;
            copy.bytes = bytes;
            return {};
        }
        TRY(settle_entry(connection, original, settlement, 0, 0));
        copy.control_id = control_id;
        copy.received = settlement.time;
        copy.bytes = bytes;
        copy.origin = original;
        copy.by = settlement.by;
        TRY(copy, insert_entry(connection, std::move(copy), base::view(digest)));
        return {};
    };
    TRY(writer_.write(task));
    return copy;
}

base::Result<std::optional<Entry>> Journal::read(std::int64_t number) {
    TRY(auto borrowed, Borrowed::from(pool_));
    TRY(auto select, borrowed.connection().prepare(fmt::format("select {}, bytes from journal where number = ?", columns)));
    TRY(const bool row, select.bind(number).step());
    if (!row) return std::optional<Entry>();
    Entry entry = entry_from(select);
    entry.bytes = select.blob(bytes_column);
    return std::optional(std::move(entry));
}

base::Result<std::vector<Entry>> Journal::list(const durable::Wanted& wanted) {
    TRY(auto borrowed, Borrowed::from(pool_));
    const Limited limited(borrowed.session());
    std::int64_t above = wanted.newest_first ? 0 : wanted.after;
    if (wanted.since > 0) {
        TRY(const std::int64_t earlier, first_since(borrowed.connection(), wanted.since));
        above = std::max(above, earlier);
    }
    // The state is one of five words of ours; it stands in the text so that the index of the few is used.
    const std::string_view order = wanted.newest_first ? "order by number desc" : "order by number";
    std::string which = "select number from journal where number > ?";
    if (wanted.newest_first && wanted.after > 0) which += " and number < ?";
    if (wanted.state) which += fmt::format(" and status = '{}'", durable::spelling(*wanted.state));
    if (wanted.state && *wanted.state != State::answered) which += " and status <> 'answered'";
    if (!wanted.channel.empty()) which += " and channel = ?";
    if (!wanted.control_id.empty()) which += " and control_id = ?";
    if (wanted.since > 0) which += " and received >= ?";
    if (wanted.until > 0) which += " and received < ?";
    const std::string text = fmt::format("select {0} from journal where number in ({1} {2} limit ?) {2}", columns, which, order);
    TRY(auto select, borrowed.connection().prepare(text));
    select.bind(above);
    if (wanted.newest_first && wanted.after > 0) select.bind(wanted.after);
    if (!wanted.channel.empty()) select.bind(std::string_view(wanted.channel));
    if (!wanted.control_id.empty()) select.bind(std::string_view(wanted.control_id));
    if (wanted.since > 0) select.bind(wanted.since);
    if (wanted.until > 0) select.bind(wanted.until);
    select.bind(std::int64_t{wanted.count});
    std::vector<Entry> entries;
    while (true) {
        TRY(const bool row, select.step());
        if (!row) return entries;
        entries.push_back(entry_from(select));
    }
}

// Rows are never removed, so what was counted stays: only those behind `counted_` are new. Of the states all but one are rare
// and have an index of their own; the rest is answered.
base::Result<durable::Tally> Journal::counts() {
    const std::lock_guard lock(counting_);  // so that moments are read in their order
    TRY(auto borrowed, Borrowed::from(pool_));
    sql::Connection& connection = borrowed.connection();
    TRY(connection.execute("begin"));  // one moment for all that follows
    auto tally = count_now(connection);
    TRY(connection.execute("commit"));
    return tally;
}

base::Result<durable::Tally> Journal::count_now(sql::Connection& connection) {
    std::map<std::string, std::int64_t> more;
    std::int64_t upto = counted_;
    {
        TRY(auto select, connection.prepare(counted_ == 0 ? "select channel, count(*), max(number) from journal group by channel"
                                                          : "select channel, count(*), max(number) from journal where number > ? group by channel"));
        if (counted_ != 0) select.bind(counted_);
        while (true) {
            TRY(const bool row, select.step());
            if (!row) break;
            more[std::string(select.text(0))] = select.integer(1);
            upto = std::max(upto, select.integer(2));
        }
    }
    durable::Tally tally;
    {
        TRY(auto select, connection.prepare("select status, channel, count(*) from journal where status <> 'answered' group by status, channel"));
        while (true) {
            TRY(const bool row, select.step());
            if (!row) break;
            const auto state = durable::state_of(select.text(0));
            if (state) tally.channels[std::string(select.text(1))].of(*state) = select.integer(2);
        }
    }
    TRY(tally.oldest, connection.number("select min(received) from journal where status = 'received' and status <> 'answered'"));
    for (const auto& [channel, count] : more) totals_[channel] += count;
    counted_ = upto;
    for (const auto& [channel, total] : totals_) {
        durable::Counts& one = tally.channels[channel];
        one.answered = total - one.received - one.failed - one.discarded - one.replayed;
        for (const State state : durable::all_states) tally.all.of(state) += one.of(state);
    }
    return tally;
}

base::Result<durable::Swept> Journal::sweep(base::Micros before, int most) {
    durable::Swept swept;
    const Task task = [&](Desk& desk) -> base::Result<void> {
        sql::Connection& connection = *desk.session.connection;
        swept = {};
        std::int64_t reached = 0;
        {
            TRY(auto select, connection.prepare("select value from record where key = ?"));
            TRY(const bool row, select.bind(sweep_key).step());
            if (row) reached = base::to_integer(select.blob(0)).value_or(0);
        }
        // Those behind the mark that are old enough; what is not finished is noted and looked at again below.
        struct Looked {
            std::int64_t number;
            bool ripe;
        };
        std::vector<Looked> seen;
        {
            TRY(auto select, connection.prepare(fmt::format("select number, received, {} and settled < ? from journal where number > ? order by number limit ?", finished)));
            select.bind(before).bind(reached).bind(std::int64_t{most});
            while (true) {
                TRY(const bool row, select.step());
                if (!row || select.integer(1) >= before) break;
                seen.push_back({select.integer(0), select.integer(2) != 0});
            }
        }
        const std::size_t walked = seen.size();
        {
            TRY(auto select, connection.prepare(fmt::format("select number from journal where swept = 2 and settled < ? and {} limit ?", finished)));
            select.bind(before).bind(std::int64_t{most});
            while (true) {
                TRY(const bool row, select.step());
                if (!row) break;
                seen.push_back({select.integer(0), true});
            }
        }
        swept.more = walked == static_cast<std::size_t>(most) || seen.size() - walked == static_cast<std::size_t>(most);
        for (const Looked& one : seen) {
            TRY(auto update, connection.prepare(one.ripe ? "update journal set swept = 1, bytes = x'' where number = ?"
                                                         : "update journal set swept = 2 where number = ?"));
            TRY(update.bind(one.number).run());
            swept.taken += one.ripe ? 1 : 0;
        }
        if (walked == 0) return {};
        const std::string last = std::to_string(seen[walked - 1].number);
        TRY(auto note, connection.prepare("insert into record (key, value, expires) values (?, ?, 0) on conflict (key) do update set value = excluded.value"));
        return note.bind(sweep_key).bind_blob(last).run();
    };
    TRY(writer_.write(task));
    return swept;
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
