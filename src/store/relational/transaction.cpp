// SPDX-License-Identifier: Apache-2.0
#include "store/relational/transaction.h"

#include "store/relational/journal.h"

#include <algorithm>
#include <deque>

namespace store::relational {

using base::Fault;
using fhir::search::IndexValue;

base::Result<Written> Working::put(const Put& put) {
    if (put.body == nullptr) return Fault{Fault::Kind::bug, "put without a body"};
    TRY(const std::int64_t type, desk_.session.types.add(connection(), put.type));
    TRY(auto old, now_.row(put.type, put.id));
    if (old && !old->version.deleted() &&
        put.body->stamped(old->version.version, old->version.last_updated) == *old->version.body)
        return Written{std::move(old->version), true};

    Version made{put.type, put.id, old ? old->version.version + 1 : 1, desk_.time, old ? Change::updated : Change::created,
                 desk_.position + 1, nullptr};
    made.body = std::make_shared<const std::string>(put.body->stamped(made.version, desk_.time));
    const std::int64_t rid = old ? old->rid : made.position;
    if (old) {
        TRY(to_history(rid));
        TRY(auto update, connection().prepare("update resource set version = ?, last_updated = ?, position = ?, change = ?, "
                                              "body = ? where rid = ?"));
        update.bind(made.version).bind(made.last_updated).bind(made.position).bind(static_cast<std::int64_t>(made.change));
        TRY(update.bind_blob(*made.body).bind(rid).run());
    } else {
        TRY(auto insert, connection().prepare("insert into resource (rid, type, id, version, last_updated, position, change, "
                                              "body) values (?, ?, ?, ?, ?, ?, ?, ?)"));
        insert.bind(rid).bind(type).bind(std::string_view(made.id)).bind(made.version).bind(made.last_updated);
        TRY(insert.bind(made.position).bind(static_cast<std::int64_t>(made.change)).bind_blob(*made.body).run());
    }
    TRY(to_ledger(type, rid, made));

    std::deque<std::string> texts;
    std::vector<IndexRow> before;
    if (old && !old->version.deleted()) {
        TRY(write_pending());
        TRY(before, read_rows(connection(), rid, texts));
        std::sort(before.begin(), before.end());
    }
    std::vector<IndexRow> now;
    std::vector<IndexValue> anew;
    const Indexing* const indexing = desk_.session.known->indexing.get();
    const bool other = indexing != nullptr && indexing->values && indexing->generation != put.generation;
    if (other) anew = indexing->values(put.type, *made.body);
    if (other || put.index) {
        TRY(now, rows(other ? anew : *put.index, type));
    }
    TRY(write_rows(connection(), rid, before, now, desk_.session.rows, desk_.session.words));
    return Written{std::move(made), false};
}

base::Result<Written> Working::remove(const std::string& type_name, const std::string& id) {
    const Written nothing{Version{type_name, id, 0, 0, Change::deleted, 0, nullptr}, true};
    TRY(const std::int64_t type, desk_.session.types.find(connection(), type_name));
    if (type == 0) return nothing;
    TRY(auto old, now_.row(type_name, id));
    if (!old) return nothing;
    if (old->version.deleted()) return Written{std::move(old->version), true};

    const Version made{type_name, id, old->version.version + 1, desk_.time, Change::deleted, desk_.position + 1, nullptr};
    TRY(to_history(old->rid));
    TRY(auto update, connection().prepare("update resource set version = ?, last_updated = ?, position = ?, change = ?, "
                                          "body = null where rid = ?"));
    update.bind(made.version).bind(made.last_updated).bind(made.position).bind(static_cast<std::int64_t>(made.change));
    TRY(update.bind(old->rid).run());
    TRY(to_ledger(type, old->rid, made));
    std::deque<std::string> texts;
    TRY(write_pending());
    TRY(auto before, read_rows(connection(), old->rid, texts));
    std::sort(before.begin(), before.end());
    TRY(write_rows(connection(), old->rid, before, {}, desk_.session.rows, desk_.session.words));
    return Written{made, false};
}

base::Result<void> Working::settle(std::int64_t journal_entry, const durable::Settlement& settlement) {
    settled_ = journal_entry;
    return settle_entry(connection(), journal_entry, settlement, begun_, desk_.position);
}

base::Result<void> Working::enter(const durable::Arrival& message, const durable::Settlement& settlement) {
    TRY(settled_, enter_entry(connection(), message, settlement, begun_, desk_.position));
    return {};
}

base::Result<void> Working::note_origin() {
    if (settled_ == 0 || desk_.position == begun_) return {};
    TRY(auto insert, connection().prepare("insert into origin (last, first, channel) select ?, ?, channel from journal where number = ?"));
    return insert.bind(desk_.position).bind(begun_ + 1).bind(settled_).run();
}

base::Result<void> Working::reindex(std::int64_t rid, Position position, std::int64_t type, const std::vector<IndexValue>& values,
                                    const std::vector<std::int64_t>& parameters) {
    TRY(auto select, connection().prepare("select 1 from resource where rid = ? and position = ?"));
    {
        TRY(const bool same, select.bind(rid).bind(position).step());
        if (!same) return {};  // written meanwhile, and then with all its rows
        TRY(select.run());
    }
    const bool all = !parameters.empty() && parameters.front() == 0;
    const auto other = [&](const IndexRow& row) {
        return !all && !std::binary_search(parameters.begin(), parameters.end(), (row.field >> 4) & 0xFFFF);
    };
    std::deque<std::string> texts;
    TRY(write_pending());
    TRY(auto before, read_rows(connection(), rid, texts));
    std::erase_if(before, other);
    std::sort(before.begin(), before.end());
    TRY(auto now, rows(values, type));
    std::erase_if(now, other);
    return write_rows(connection(), rid, before, now, desk_.session.rows, desk_.session.words);
}

base::Result<void> Working::to_history(std::int64_t rid) {
    TRY(auto copy, connection().prepare("insert into history (position, rid, version, last_updated, change, data_key, body) "
                                        "select position, rid, version, last_updated, change, data_key, body from resource "
                                        "where rid = ?"));
    return copy.bind(rid).run();
}

base::Result<void> Working::to_ledger(std::int64_t type, std::int64_t rid, const Version& version) {
    LedgerEntry entry{version.position, version.last_updated, version.type, version.id, version.version, version.change, {}, {}};
    entry.content = base::sha256(version.body ? std::string_view(*version.body) : std::string_view());
    entry.hash = chained(desk_.hash, entry);
    TRY(auto insert, connection().prepare("insert into ledger (position, time, type, rid, version, change, content, hash) "
                                          "values (?, ?, ?, ?, ?, ?, ?, ?)"));
    insert.bind(entry.position).bind(entry.time).bind(type).bind(rid).bind(entry.version);
    insert.bind(static_cast<std::int64_t>(entry.change));
    TRY(insert.bind_blob(base::view(entry.content)).bind_blob(base::view(entry.hash)).run());
    desk_.position = entry.position;
    desk_.hash = entry.hash;
    desk_.changed.push_back({version.type, version.id});
    now_.move_to(entry.position, version.type, version.id);
    return {};
}

base::Result<std::vector<IndexRow>> Working::rows(const std::vector<IndexValue>& values, std::int64_t type) {
    return rows_from(values, type, *desk_.session.parameters,
                     [this](const std::string& uri) { return desk_.session.systems.add(connection(), uri); });
}

}  // namespace store::relational
