// SPDX-License-Identifier: Apache-2.0
#include "store/sql/gathered_log.h"

#include "store/relational/database_fixture.h"
#include "store/sql/sqlite.h"

#include <doctest/doctest.h>

using store::relational::Folder;
using store::sql::Checkpoint;
using store::sql::Connection;
using store::sql::Mode;

TEST_SUITE("store/sql/gathered_log") {
    TEST_CASE("what is committed is there for others at once, also what is larger than one piece, and when the log begins anew") {
        REQUIRE(store::sql::gathered_log() != nullptr);
        const Folder folder;
        const auto writer = Connection::open(folder.file(), Mode::write);
        REQUIRE(writer);
        REQUIRE((*writer)->execute("pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 0; pragma cache_size = 20; "
                                   "create table t (n integer primary key, bytes blob)"));
        const auto reader = Connection::open(folder.file(), Mode::read);
        REQUIRE(reader);
        for (std::int64_t round = 1; round <= 3; ++round) {
            // More than the cache holds: pages go to the log and are read again before the commit.
            REQUIRE((*writer)->execute("begin immediate; with recursive r(i) as (select 1 union all select i + 1 from r where i < 400) "
                                       "insert into t (bytes) select randomblob(3000) from r; update t set bytes = randomblob(2000) where n % 7 = 0; commit"));
            CHECK(*(*reader)->number("select count(*) from t") == round * 400);
            CHECK(*(*reader)->number("select count(*) from pragma_integrity_check where integrity_check <> 'ok'") == 0);
            REQUIRE((*writer)->execute("begin immediate; insert into t (bytes) values (x'00'); rollback"));
            CHECK(*(*reader)->number("select count(*) from t") == round * 400);
            REQUIRE((*writer)->checkpoint(round == 2 ? Checkpoint::truncate : Checkpoint::restart));
            CHECK(*(*reader)->number("select count(*) from t") == round * 400);
        }
    }
}
