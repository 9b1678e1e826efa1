// SPDX-License-Identifier: Apache-2.0
#include "store/relational/recent.h"

#include "store/relational/database_fixture.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

namespace store::relational {

namespace {

Version version(const std::string& id, std::int64_t number, std::size_t size = 100) {
    return {"Patient", id, number, 1, Change::updated, number, std::make_shared<const std::string>(size, 'x')};
}

std::int64_t found(Recent& recent, const std::string& id) {
    Recent::Ticket ticket;
    const auto known = recent.find("Patient", id, ticket);
    return known ? known->version : 0;
}

}  // namespace

TEST_SUITE("store/relational/recent") {
    TEST_CASE("what was offered is found under its own type and id only") {
        Recent recent(1 << 20);
        Recent::Ticket ticket;
        REQUIRE_FALSE(recent.find("Patient", "a", ticket));
        recent.offer(version("a", 3), ticket);
        CHECK(found(recent, "a") == 3);
        CHECK(found(recent, "b") == 0);
        CHECK_FALSE(recent.find("Person", "a", ticket));
    }

    TEST_CASE("a change takes the version out, and voids the tickets that were given before it") {
        Recent recent(1 << 20);
        Recent::Ticket before;
        (void)recent.find("Patient", "a", before);
        recent.offer(version("a", 1), before);
        recent.change({{"Patient", "a"}});
        CHECK(found(recent, "a") == 0);
        recent.offer(version("a", 1), before);  // looked before the change
        CHECK(found(recent, "a") == 0);
        Recent::Ticket during;
        (void)recent.find("Patient", "a", during);
        recent.offer(version("a", 1), during);  // may have looked before the commit was visible
        CHECK(found(recent, "a") == 0);
        recent.settle();
        recent.offer(version("a", 1), during);
        CHECK(found(recent, "a") == 0);
        Recent::Ticket after;
        (void)recent.find("Patient", "a", after);
        recent.offer(version("a", 2), after);
        CHECK(found(recent, "a") == 2);
    }

    TEST_CASE("its size is bounded, and what is read stays longest") {
        Recent recent(16 * 100'000);
        for (int i = 0; i < 5000; ++i) {
            Recent::Ticket ticket;
            const std::string id = "p" + std::to_string(i);
            (void)recent.find("Patient", id, ticket);
            recent.offer(version(id, i + 1, 1000), ticket);
            CHECK(found(recent, id) == i + 1);
            if (i > 0) CHECK(found(recent, "p0") == 1);
        }
        CHECK(recent.bytes() <= 16 * 100'000);
        CHECK(recent.bytes() > 16 * 80'000);
        Recent::Ticket ticket;
        (void)recent.find("Patient", "large", ticket);
        recent.offer(version("large", 1, 90'000), ticket);
        CHECK(found(recent, "large") == 0);
        CHECK(found(recent, "p0") == 1);
    }

    TEST_CASE("without room nothing is kept") {
        Recent recent(0);
        Recent::Ticket ticket;
        (void)recent.find("Patient", "a", ticket);
        recent.offer(version("a", 1), ticket);
        CHECK(found(recent, "a") == 0);
    }

    // Readers must never be given less than what was acknowledged before they asked, nor less than they saw before, by
    // whichever way they ask, nor another resource's body.
    TEST_CASE("no reader sees a version again that was replaced") {
        constexpr std::size_t resources = 6;
        constexpr int rounds = 400;
        for (const std::size_t bytes : {std::size_t{1} << 20, std::size_t{16 * 2200}}) {  // the second one throws out all the time
            const Folder folder;
            base::FixedClock clock{1'700'000'000'000'000};
            RelationalOptions options;
            options.path = folder.file();
            options.parameters = contract::urls();
            options.recent_bytes = bytes;
            auto opened = Relational::open(options, clock);
            REQUIRE(opened);
            Relational& engine = **opened;
            const auto id_of = [](std::size_t i) { return "p" + std::to_string(i); };
            std::array<std::atomic<std::int64_t>, resources> acknowledged{};
            std::atomic<int> writing = 3;
            std::atomic<int> stale = 0, mixed_up = 0, failed = 0;

            const auto write = [&](std::size_t writer) {
                for (int round = 0; round < rounds; ++round) {
                    const std::size_t i = (static_cast<std::size_t>(round) + writer * 2) % resources;
                    std::int64_t made = 0;
                    const bool give_up = round % 7 == 3;
                    const auto done = engine.write([&](Transaction& transaction) -> base::Result<void> {
                        const auto before = transaction.now().read("Patient", id_of(i));
                        const auto number = static_cast<int>(*before ? (*before)->version + 1 : 1);
                        if (round % 11 == 5) {
                            const auto gone = transaction.remove("Patient", id_of(i));
                            made = gone && !gone->unchanged ? gone->version.version : 0;
                        } else {
                            const auto put = contract::put(transaction, "Patient", id_of(i), number);
                            made = put ? put->version.version : 0;
                        }
                        if (give_up) return base::Fault{base::Fault::Kind::conflict, "taken back"};
                        return {};
                    });
                    if (!done || made == 0) continue;
                    std::int64_t known = acknowledged[i];
                    while (known < made && !acknowledged[i].compare_exchange_weak(known, made)) {}
                }
                --writing;
            };
            const auto read = [&](std::size_t reader) {
                std::array<std::int64_t, resources> seen{};
                for (std::size_t turn = reader; writing > 0; ++turn) {
                    const std::size_t i = turn % resources;
                    const std::int64_t least = std::max(seen[i], acknowledged[i].load());
                    const auto got = turn % 5 == 0 ? engine.snapshot()->read("Patient", id_of(i)) : engine.read("Patient", id_of(i));
                    if (!got) {
                        ++failed;
                        continue;
                    }
                    const std::int64_t version = *got ? (*got)->version : 0;
                    if (version < least) ++stale;
                    seen[i] = std::max(seen[i], version);
                    if (!*got || (*got)->deleted()) continue;
                    const std::string& body = *(*got)->body;
                    if ((*got)->id != id_of(i) || body.find("\"id\":\"" + id_of(i) + '"') == std::string::npos ||
                        body.find("\"language\":\"n" + std::to_string(version) + '"') == std::string::npos)
                        ++mixed_up;
                }
            };
            {
                std::vector<std::jthread> threads;
                for (std::size_t i = 0; i < 3; ++i) threads.emplace_back(write, i);
                for (std::size_t i = 0; i < 4; ++i) threads.emplace_back(read, i);
            }
            CHECK(stale == 0);
            CHECK(mixed_up == 0);
            CHECK(failed == 0);
            for (std::size_t i = 0; i < resources; ++i)
                for (int twice = 0; twice < 2; ++twice)
                    CHECK((*engine.read("Patient", id_of(i)))->version == (*engine.snapshot()->read("Patient", id_of(i)))->version);
        }
    }
}

}  // namespace store::relational
