// SPDX-License-Identifier: Apache-2.0
#include "store/sql/sqlite.h"

#include <doctest/doctest.h>

using store::sql::Connection;
using store::sql::Mode;

TEST_SUITE("store/sql/sqlite") {
    TEST_CASE("a binding that the database does not take is a fault, never a silent NULL") {
        const auto connection = Connection::open(":memory:", Mode::write);
        REQUIRE(connection);
        auto statement = (*connection)->prepare("select ?");
        REQUIRE(statement);
        statement->bind(std::int64_t{1}).bind(std::int64_t{2});  // there is only one place
        CHECK_FALSE(statement->step());
    }
    TEST_CASE("a statement can be run and bound anew") {
        const auto connection = Connection::open(":memory:", Mode::write);
        REQUIRE(connection);
        REQUIRE((*connection)->execute("create table t (n integer)"));
        auto insert = (*connection)->prepare("insert into t (n) values (?)");
        REQUIRE(insert);
        for (std::int64_t n = 0; n < 3; ++n) CHECK(insert->bind(n).run());
        const auto sum = (*connection)->number("select sum(n) from t");
        REQUIRE(sum);
        CHECK(*sum == 3);
    }
}
