// SPDX-License-Identifier: Apache-2.0
#include "store/relational/outbox.h"

#include "store/relational/borrowed.h"

namespace store::relational {

using base::Fault;
using durable::Outgoing;

namespace {

constexpr std::string_view columns =
    "select number, destination, lane, position, subject, kind, control_id, made, due, attempts, status, reason, answer";

Outgoing message_from(const sql::Statement& row) {
    Outgoing message;
    message.number = row.integer(0);
    message.destination = row.text(1);
    message.lane = row.text(2);
    message.position = row.integer(3);
    message.subject = row.text(4);
    message.kind = row.text(5);
    message.control_id = row.text(6);
    message.made = row.integer(7);
    message.due = row.integer(8);
    message.attempts = row.integer(9);
    message.status = row.text(10);
    message.reason = row.text(11);
    message.answer = row.blob(12);
    return message;
}

base::Result<void> one_changed(sql::Connection& connection) {
    if (connection.changes() == 0) return Fault{Fault::Kind::missing, "no such message in the outbox"};
    return {};
}

}  // namespace

base::Result<Position> Outbox::follow(const std::string& destination, Position begin) {
    Position at = begin;
    const Task task = [&](Desk& desk) -> base::Result<void> {
        {
            TRY(auto insert, desk.session.connection->prepare("insert or ignore into outbox_cursor (destination, position) values (?, ?)"));
            TRY(insert.bind(std::string_view(destination)).bind(begin).run());
        }
        TRY(auto select, desk.session.connection->prepare("select position from outbox_cursor where destination = ?"));
        TRY(const bool row, select.bind(std::string_view(destination)).step());
        if (row) at = select.integer(0);
        return {};
    };
    TRY(writer_.write(task));
    return at;
}

base::Result<void> Outbox::enqueue(const std::string& destination, Position from, Position upto, const std::vector<Outgoing>& messages) {
    return writer_.write([&](Desk& desk) -> base::Result<void> {
        sql::Connection& connection = *desk.session.connection;
        {
            TRY(auto update, connection.prepare("update outbox_cursor set position = ? where destination = ? and position = ?"));
            TRY(update.bind(upto).bind(std::string_view(destination)).bind(from).run());
            if (connection.changes() == 0) return Fault{Fault::Kind::conflict, "the destination has followed the ledger elsewhere"};
        }
        for (const Outgoing& message : messages) {
            TRY(auto insert, connection.prepare("insert into outbox (destination, lane, position, subject, kind, control_id, made, due, status, reason, bytes) "
                                                "values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
            insert.bind(std::string_view(destination)).bind(std::string_view(message.lane)).bind(message.position).bind(std::string_view(message.subject));
            insert.bind(std::string_view(message.kind)).bind(std::string_view(message.control_id)).bind(message.made).bind(message.due);
            TRY(insert.bind(std::string_view(message.status)).bind(std::string_view(message.reason)).bind_blob(message.bytes).run());
        }
        return {};
    });
}

base::Result<std::vector<Outgoing>> Outbox::waiting(const std::string& destination, int count) { return list(destination, "waiting", 0, count); }

base::Result<std::optional<Outgoing>> Outbox::read(std::int64_t number) {
    TRY(auto borrowed, Borrowed::from(pool_));
    TRY(auto select, borrowed.connection().prepare(std::string(columns) + ", bytes from outbox where number = ?"));
    TRY(const bool row, select.bind(number).step());
    if (!row) return std::optional<Outgoing>();
    Outgoing message = message_from(select);
    message.bytes = select.blob(13);
    return std::optional(std::move(message));
}

base::Result<void> Outbox::tried(std::int64_t number, base::Micros due, const std::string& reason, const std::string& answer) {
    return writer_.write([&](Desk& desk) -> base::Result<void> {
        TRY(auto update, desk.session.connection->prepare("update outbox set attempts = attempts + 1, due = ?, reason = ?, answer = ? where number = ? and status = 'waiting'"));
        TRY(update.bind(due).bind(std::string_view(reason)).bind_blob(answer).bind(number).run());
        return one_changed(*desk.session.connection);
    });
}

base::Result<void> Outbox::settle(std::int64_t number, const std::string& status, const std::string& reason, const std::string& answer, base::Micros now) {
    return writer_.write([&](Desk& desk) -> base::Result<void> {
        if (status == "discarded") {
            TRY(auto update, desk.session.connection->prepare("update outbox set status = ?, reason = ?, due = ? where number = ? and status in ('waiting', 'dead')"));
            TRY(update.bind(std::string_view(status)).bind(std::string_view(reason)).bind(now).bind(number).run());
        } else {
            TRY(auto update, desk.session.connection->prepare("update outbox set attempts = attempts + 1, status = ?, reason = ?, answer = ?, due = ? where number = ? and (? = 'sent' or status = 'waiting')"));
            TRY(update.bind(std::string_view(status)).bind(std::string_view(reason)).bind_blob(answer).bind(now).bind(number).bind(std::string_view(status)).run());
        }
        return one_changed(*desk.session.connection);
    });
}

base::Result<void> Outbox::revive(std::int64_t number, base::Micros now) {
    return writer_.write([&](Desk& desk) -> base::Result<void> {
        TRY(auto update, desk.session.connection->prepare("update outbox set status = 'waiting', attempts = 0, due = ? where number = ? and status <> 'waiting' and length(bytes) > 0"));
        TRY(update.bind(now).bind(number).run());
        return one_changed(*desk.session.connection);
    });
}

base::Result<std::vector<Outgoing>> Outbox::list(const std::string& destination, const std::string& status, std::int64_t after, int count) {
    TRY(auto borrowed, Borrowed::from(pool_));
    TRY(auto select, borrowed.connection().prepare(std::string(columns) + " from outbox where " + (destination.empty() ? "" : "destination = ? and ") +
                                                   (status.empty() ? "" : "status = ? and ") + "number > ? order by number limit ?"));
    if (!destination.empty()) select.bind(std::string_view(destination));
    if (!status.empty()) select.bind(std::string_view(status));
    select.bind(after).bind(std::int64_t{count});
    std::vector<Outgoing> messages;
    while (true) {
        TRY(const bool row, select.step());
        if (!row) return messages;
        messages.push_back(message_from(select));
    }
}

base::Result<std::map<std::string, durable::OutboxCounts>> Outbox::counts() {
    TRY(auto borrowed, Borrowed::from(pool_));
    TRY(auto select, borrowed.connection().prepare("select destination, status, count(*), min(number) from outbox group by destination, status"));
    std::map<std::string, durable::OutboxCounts> all;
    std::map<std::string, std::int64_t> first;
    while (true) {
        TRY(const bool row, select.step());
        if (!row) break;
        durable::OutboxCounts& counts = all[std::string(select.text(0))];
        if (select.text(1) == "sent") counts.sent = select.integer(2);
        else if (select.text(1) == "dead") counts.dead = select.integer(2);
        else if (select.text(1) == "discarded") counts.discarded = select.integer(2);
        else {
            counts.waiting = select.integer(2);
            first[std::string(select.text(0))] = select.integer(3);
        }
    }
    for (const auto& [destination, number] : first) {
        TRY(auto made, borrowed.connection().prepare("select made from outbox where number = ?"));
        TRY(const bool row, made.bind(number).step());
        if (row) all[destination].oldest = made.integer(0);
    }
    return all;
}

base::Result<std::int64_t> Outbox::sweep(const std::string& destination, base::Micros before) {
    std::int64_t swept = 0;
    const Task task = [&](Desk& desk) -> base::Result<void> {
        TRY(auto erase, desk.session.connection->prepare("delete from outbox where destination = ? and status in ('sent', 'discarded') and due < ?"));
        TRY(erase.bind(std::string_view(destination)).bind(before).run());
        swept = desk.session.connection->changes();
        return {};
    };
    TRY(writer_.write(task));
    return swept;
}

}  // namespace store::relational
