// SPDX-License-Identifier: Apache-2.0
#include "store/relational/earlier.h"

#include "store/forget.h"
#include "store/relational/database_fixture.h"

#include <doctest/doctest.h>

#include <chrono>

namespace store::contract {
namespace {

using Reach = fhir::search::Reach;

struct InSqlite {
    relational::Folder folder;
    base::FixedClock clock{1'700'000'000'000'000};
    std::unique_ptr<Relational> engine;

    explicit InSqlite(const RelationalOptions& options = {}) : engine(relational::open_in(folder, clock, options)) {
        for (const char* id : {"p", "q"})  // positions 1 and 2
            REQUIRE(put(*engine, "Patient", id, 1, {token(gender, "", "first")}));
        for (const char* code : {"second", "third"})  // positions 3 to 6
            for (const char* id : {"p", "q"}) REQUIRE(put(*engine, "Patient", id, code[0], {token(gender, "", code)}));
        // Of the moment before this one nothing was changed.
        REQUIRE(put(*engine, "Patient", "r", 1, {token(gender, "", "third")}));
    }
};

// How many were found by the code at that moment.
base::Result<std::size_t> found(Snapshot& snapshot, const char* asked, Position as_of) {
    TRY(const Page page, snapshot.search(query({clause(gender, {code(asked)})}), Reach::everything(), {10, "", as_of}));
    return page.entries.size();
}

std::size_t counted(Snapshot& snapshot, const char* asked, Position as_of) {
    const auto number = found(snapshot, asked, as_of);
    REQUIRE_MESSAGE(number, number.fault().text);
    return *number;
}

void check_moments(Snapshot& snapshot) {
    for (int round = 0; round < 2; ++round) {
        CHECK(counted(snapshot, "third", 6) == 2);
        CHECK(counted(snapshot, "first", 2) == 2);
        CHECK(counted(snapshot, "second", 2) == 0);
        CHECK(counted(snapshot, "second", 4) == 2);
        CHECK(counted(snapshot, "first", 4) == 0);
        CHECK(counted(snapshot, "first", 3) == 1);
        CHECK(counted(snapshot, "second", 3) == 1);
        CHECK(counted(snapshot, "third", 6) == 2);
        CHECK(counted(snapshot, "third", 7) == 3);
    }
}

}  // namespace

TEST_SUITE("store/relational/earlier") {
    TEST_CASE("one moment after the other is seen, from outside and inside the writing transaction") {
        const InSqlite one;
        check_moments(*one.engine->snapshot());
        for (const bool well : {true, false, true}) {
            const auto done = one.engine->write([&](Transaction& transaction) -> base::Result<void> {
                check_moments(transaction.now());
                if (!well) return base::Fault{base::Fault::Kind::conflict, "taken back"};
                return {};
            });
            CHECK(static_cast<bool>(done) == well);
        }
    }

    TEST_CASE("what is forgotten in the very transaction is not seen in its moments either") {
        const InSqlite one;
        REQUIRE(one.engine->write([](Transaction& transaction) -> base::Result<void> {
            CHECK(counted(transaction.now(), "first", 2) == 2);
            TRY(transaction.forget("Patient", "p", {1}));
            CHECK(counted(transaction.now(), "third", 6) == 2);
            CHECK(counted(transaction.now(), "first", 2) == 1);
            CHECK(counted(transaction.now(), "second", 4) == 2);
            return {};
        }));
        CHECK(counted(*one.engine->snapshot(), "first", 2) == 1);
    }

    TEST_CASE("a moment that takes too long to make is gone, and the session goes on") {
        RelationalOptions options;
        bool slow = true;
        options.values = [&](const std::string& type, const std::string& body) {
            for (const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(350); slow && std::chrono::steady_clock::now() < end;) {
            }
            return kept_index(type, body);
        };
        options.statement_limit = std::chrono::milliseconds(300);
        const InSqlite one(options);
        {
            const auto snapshot = one.engine->snapshot();
            const auto refused = found(*snapshot, "first", 2);
            REQUIRE_FALSE(refused);
            CHECK(refused.fault().kind == base::Fault::Kind::gone);
            slow = false;
            CHECK(counted(*snapshot, "first", 2) == 2);
        }
        check_moments(*one.engine->snapshot());
    }
}

}  // namespace store::contract
