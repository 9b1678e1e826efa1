// SPDX-License-Identifier: Apache-2.0
#include "store/relational/backup.h"

#include "base/crypto.h"
#include "store/ledger.h"
#include "store/relational/migrate.h"
#include "store/sql/sqlite.h"

#include <fmt/format.h>

#include <filesystem>

namespace store {

using base::Fault;

namespace {

Fault wrong(std::string text) { return {Fault::Kind::conflict, std::move(text)}; }

base::Result<void> sound_pages(sql::Connection& connection) {
    TRY(auto check, connection.prepare("pragma integrity_check(1)"));
    TRY(const bool row, check.step());
    if (!row || check.text(0) != "ok") return wrong("a page or an index of the database is damaged");
    TRY(auto foreign, connection.prepare("pragma foreign_key_check"));
    TRY(const bool lost, foreign.step());
    if (lost) return wrong("a row refers to one that is not there");
    return {};
}

// Walks the ledger; returns its length and the last hash.
base::Result<void> sound_chain(sql::Connection& connection, Proof& proof) {
    TRY(auto select, connection.prepare("select l.position, l.time, t.name, r.id, l.version, l.change, l.content, l.hash from ledger l "
                                        "join type t on t.id = l.type join resource r on r.rid = l.rid order by l.position"));
    base::Digest before{};
    while (true) {
        TRY(const bool row, select.step());
        if (!row) break;
        LedgerEntry entry{select.integer(0), select.integer(1), std::string(select.text(2)), std::string(select.text(3)), select.integer(4),
                          static_cast<Change>(select.integer(5)), {}, {}};
        if (entry.position != proof.position + 1) return wrong(fmt::format("ledger position {} is missing", proof.position + 1));
        const auto content = select.blob(6), hash = select.blob(7);
        if (content.size() == entry.content.size()) std::copy(content.begin(), content.end(), entry.content.begin());
        before = chained(before, entry);
        if (hash != base::view(before)) return wrong(fmt::format("ledger position {} does not carry the hash of its content", entry.position));
        proof.position = entry.position;
    }
    proof.head = base::hex(base::view(before));
    return {};
}

// Bodies of `table` against the ledger; returns how many rows there are.
base::Result<std::int64_t> sound_bodies(sql::Connection& connection, std::string_view table, Proof& proof) {
    TRY(auto select, connection.prepare(fmt::format("select v.position, v.change, v.body, l.content, l.rid = v.rid and l.version = v.version and l.change = v.change and l.time = v.last_updated "
                                                    "from {} v left join ledger l on l.position = v.position", table)));
    std::int64_t rows = 0;
    while (true) {
        TRY(const bool row, select.step());
        if (!row) return rows;
        ++rows;
        if (select.integer(4) != 1 || base::view(base::sha256(select.blob(2))) != select.blob(3))
            return wrong(fmt::format("the version at position {} is not the one that the ledger has the hash of", select.integer(0)));
        ++proof.versions;
        if (table == "resource" && static_cast<Change>(select.integer(1)) != Change::deleted) ++proof.resources;
    }
}

}  // namespace

base::Result<void> copy_database(const std::string& from, const std::string& to) {
    std::error_code problem;
    if (!std::filesystem::is_regular_file(from, problem)) return Fault{Fault::Kind::missing, "there is no database " + from};
    TRY(auto connection, sql::Connection::open(from, sql::Mode::read));
    TRY(const std::int64_t schema, relational::check_ours(*connection));
    if (schema == 0) return Fault{Fault::Kind::missing, from + " is empty"};
    TRY(connection->execute("begin"));
    TRY(connection->number("select max(position) from ledger"));  // fixes the moment
    return connection->copy_to(to);
}

base::Result<Proof> prove_database(const std::string& path) {
    std::error_code problem;
    if (!std::filesystem::is_regular_file(path, problem)) return Fault{Fault::Kind::missing, "there is no database " + path};
    TRY(auto connection, sql::Connection::open(path, sql::Mode::still));
    Proof proof;
    TRY(proof.schema, relational::check_ours(*connection));
    if (proof.schema == 0) return wrong(path + " is empty");
    TRY(sound_pages(*connection));
    TRY(sound_chain(*connection, proof));
    TRY(std::int64_t rows, sound_bodies(*connection, "resource", proof));
    TRY(const std::int64_t earlier, sound_bodies(*connection, "history", proof));
    rows += earlier;
    if (proof.schema >= 3) {
        TRY(const std::int64_t forgotten, connection->number("select count(*) from forgotten"));
        rows += forgotten;
    }
    if (rows != proof.position) return wrong(fmt::format("{} versions for {} entries of the ledger", rows, proof.position));
    TRY(proof.messages, connection->number("select count(*) from journal"));
    if (proof.schema >= 7) {
        TRY(proof.outgoing, connection->number("select count(*) from outbox"));
    }
    return proof;
}

}  // namespace store
