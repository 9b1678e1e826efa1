// SPDX-License-Identifier: Apache-2.0
#include "store/relational/backup.h"

#include "store/relational/database_fixture.h"
#include "store/sql/sqlite.h"

#include <doctest/doctest.h>

#include <atomic>
#include <fstream>
#include <thread>

using namespace store;
using namespace store::contract;

namespace {

std::string saved_in(const relational::Folder& folder) { return (folder.path() / "saved # 100%?.db").string(); }

}  // namespace

TEST_SUITE("store/relational/backup") {
    TEST_CASE("a copy made beside writers holds all that was acknowledged before, is sound, and opens") {
        const relational::Folder folder, other;
        const base::FixedClock clock{1'700'000'000'000'000};
        const auto engine = relational::open_in(folder, clock);
        std::atomic<int> written{0};
        std::atomic<bool> stop{false};
        std::thread writer([&] {
            for (int i = 0; !stop; ++i) {
                if (!put(*engine, "Patient", fmt::format("p{}", i), i, {token(identifier, "mrn", fmt::format("{}", i)), words("some words")})) break;
                written = i + 1;
            }
        });
        while (written < 30) std::this_thread::yield();
        const int before = written;
        const auto copied = copy_database(folder.file(), other.file());
        stop = true;
        writer.join();
        REQUIRE_MESSAGE(copied, (copied ? "" : copied.fault().text));
        const auto proof = prove_database(other.file());
        REQUIRE_MESSAGE(proof, (proof ? "" : proof.fault().text));
        CHECK(proof->resources >= before);
        CHECK(proof->position == proof->versions);
        CHECK(proof->head.size() == 64);
        CHECK_FALSE(std::filesystem::exists(other.file() + "-wal"));
        const auto entries = engine->ledger().read(proof->position - 1, 1);
        REQUIRE(entries->size() == 1);
        CHECK(base::hex(base::view(entries->front().hash)) == proof->head);
        const auto again = relational::open_in(other, clock);
        for (int i = 0; i < before; ++i) CHECK(again->snapshot()->read("Patient", fmt::format("p{}", i))->has_value());
        CHECK(again->check());
        CHECK(put(*again, "Patient", "after", 1));
    }

    TEST_CASE("what was deleted and forgotten is proved too, and a path may hold any letter") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        {
            const auto engine = relational::open_in(folder, clock);
            for (int i = 0; i < 4; ++i) REQUIRE(put(*engine, "Patient", "p", i));
            REQUIRE(put(*engine, "Patient", "gone", 1));
            REQUIRE(contract::remove(*engine, "Patient", "gone"));
            REQUIRE(engine->write([](Transaction& transaction) -> base::Result<void> {
                TRY(const auto forgotten, transaction.forget("Patient", "p", {2}));
                return forgotten == 1 ? base::Result<void>() : base::Fault{base::Fault::Kind::bug, "not forgotten"};
            }));
            REQUIRE(engine->journal().record("lab", "1", "MSH|", 1));
            REQUIRE(copy_database(folder.file(), saved_in(folder)));
        }
        const auto proof = prove_database(saved_in(folder));
        REQUIRE_MESSAGE(proof, (proof ? "" : proof.fault().text));
        CHECK(proof->resources == 1);
        CHECK(proof->position == 6);
        CHECK(proof->versions == 5);
        CHECK(proof->messages == 1);
        CHECK(prove_database(folder.file())->head == proof->head);  // closed: nothing of it is in a log
        CHECK_FALSE(std::filesystem::exists(folder.file() + "-wal"));
    }

    TEST_CASE("O-05: a body, an entry or a page that was changed is found") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        {
            const auto engine = relational::open_in(folder, clock);
            for (int i = 0; i < 4; ++i) REQUIRE(put(*engine, "Patient", fmt::format("p{}", i), i, {token(identifier, "mrn", fmt::format("{}", i))}));
            REQUIRE(put(*engine, "Patient", "p0", 9));
        }
        REQUIRE(prove_database(folder.file()));
        for (const char* change : {"update resource set body = cast(replace(cast(body as text), 'n1', 'n2') as blob) where id = 'p1'",
                                   "update history set body = x'7b7d'", "update ledger set time = time + 1 where position = 2",
                                   "delete from ledger where position = 3", "delete from history", "update resource set version = 7 where id = 'p2'",
                                   "update resource set id = 'p9' where id = 'p3'"}) {
            const std::string copy = saved_in(folder);
            std::filesystem::copy_file(folder.file(), copy, std::filesystem::copy_options::overwrite_existing);
            {
                auto connection = *sql::Connection::open(copy, sql::Mode::write);
                REQUIRE(connection->execute(change));
            }
            const auto proof = prove_database(copy);
            REQUIRE_MESSAGE(!proof, change);
            CHECK(proof.fault().kind == base::Fault::Kind::conflict);
        }
        std::ofstream(saved_in(folder), std::ios::binary | std::ios::trunc) << std::string(20'000, 'x');
        CHECK_FALSE(prove_database(saved_in(folder)));
    }

    TEST_CASE("what is not there, or not ours, is not copied") {
        const relational::Folder folder, other;
        CHECK(copy_database(folder.file(), other.file()).fault().kind == base::Fault::Kind::missing);
        CHECK(prove_database(folder.file()).fault().kind == base::Fault::Kind::missing);
        {
            auto connection = *sql::Connection::open(folder.file(), sql::Mode::write);
            REQUIRE(connection->execute("create table theirs (x)"));
        }
        CHECK(copy_database(folder.file(), other.file()).fault().kind == base::Fault::Kind::conflict);
        CHECK_FALSE(std::filesystem::exists(other.file()));
    }
}
