// SPDX-License-Identifier: Apache-2.0
#include "store/relational/migrate.h"

#include "store/relational/database_fixture.h"

#include <doctest/doctest.h>

using namespace store;

TEST_SUITE("store/relational/migrate") {
    TEST_CASE("a database is brought forward step by step") {
        const relational::Folder folder;
        auto connection = *sql::Connection::open(folder.file(), sql::Mode::write);
        REQUIRE(relational::migrate(*connection, {"create table a (x)"}));
        REQUIRE(relational::migrate(*connection, {"create table a (x)", "insert into a values (7)"}));
        CHECK(*connection->number("select x from a") == 7);
        CHECK(*connection->number("pragma user_version") == 2);
        REQUIRE(relational::migrate(*connection, {"create table a (x)", "insert into a values (7)"}));
        CHECK(*connection->number("select count(*) from a") == 1);
    }

    TEST_CASE("O-15: an old program refuses a newer schema") {
        const relational::Folder folder;
        auto connection = *sql::Connection::open(folder.file(), sql::Mode::write);
        REQUIRE(relational::migrate(*connection, {"create table a (x)", "create table b (x)"}));
        const auto old = relational::migrate(*connection, {"create table a (x)"});
        REQUIRE_FALSE(old);
        CHECK(old.fault().kind == base::Fault::Kind::conflict);
    }

    TEST_CASE("O-14: a step that fails leaves the version before") {
        const relational::Folder folder;
        auto connection = *sql::Connection::open(folder.file(), sql::Mode::write);
        CHECK_FALSE(relational::migrate(*connection, {"create table a (x)", "create table b (x); create table a (x)"}));
        CHECK(*connection->number("pragma user_version") == 1);
        CHECK(*connection->number("select count(*) from sqlite_schema") == 1);
        CHECK_FALSE(connection->in_transaction());
        CHECK(relational::migrate(*connection, {"create table a (x)", "create table b (x)"}));
    }

    TEST_CASE("messages of a journal before the desk are kept, with bytes, answers and their places in line") {
        const relational::Folder folder;
        auto connection = *sql::Connection::open(folder.file(), sql::Mode::write);
        const auto& all = relational::migrations();
        REQUIRE(relational::migrate(*connection, std::vector<std::string_view>(all.begin(), all.begin() + 5)));
        REQUIRE(connection->execute("insert into journal (number, channel, control_id, digest, received, reused, status, answer, bytes) values "
                                    "(1, 'lab', '77', x'01', 1000, 0, 'answered', x'4141', x'4d5348'), (3, 'lab', '78', x'02', 2000, 1, 'received', x'', x'4d')"));
        REQUIRE(relational::migrate(*connection));
        CHECK(*connection->number("select count(*) from journal where number = 1 and settled = 1000 and status = 'answered' and answer = x'4141' and bytes = x'4d5348'") == 1);
        CHECK(*connection->number("select count(*) from journal where number = 3 and settled = 0 and reused = 1 and origin = 0") == 1);
        CHECK_FALSE(connection->execute("insert into journal (channel, control_id, digest, received, reused, status, answer, bytes) values "
                                        "('lab', '77', x'01', 1, 0, 'received', x'', x'')"));
    }

    TEST_CASE("another program's database is left alone") {
        const relational::Folder folder;
        auto connection = *sql::Connection::open(folder.file(), sql::Mode::write);
        REQUIRE(connection->execute("create table theirs (x)"));
        CHECK_FALSE(relational::migrate(*connection));
    }
}
