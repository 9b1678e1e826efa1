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

    TEST_CASE("another program's database is left alone") {
        const relational::Folder folder;
        auto connection = *sql::Connection::open(folder.file(), sql::Mode::write);
        REQUIRE(connection->execute("create table theirs (x)"));
        CHECK_FALSE(relational::migrate(*connection));
    }
}
