// SPDX-License-Identifier: Apache-2.0
#include "store/relational/writer.h"

#include "store/relational/database_fixture.h"

#include <doctest/doctest.h>

#include <csignal>
#include <semaphore>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace store::contract {
namespace {

// Writes without end, three threads at once, and tells each acknowledged write through the pipe.
[[noreturn]] void write_until_killed(const relational::Folder& folder, int pipe, int round) {
    const base::FixedClock clock{1'700'000'000'000'000};
    const auto engine = relational::open_in(folder, clock);
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
        threads.emplace_back([&, t] {
            for (int i = 0;; ++i) {
                const std::string id = fmt::format("r{}-{}-{}", round, t, i);
                const auto entry = engine->journal().record("line", id, "MSH|" + id, 1);
                if (!entry) ::_exit(1);
                const Work work = [&](Transaction& transaction) -> base::Result<void> {
                    TRY(put(transaction, "Patient", id, i, {token(identifier, "mrn", id), string(name, "Name " + id)}));
                    TRY(put(transaction, "Patient", fmt::format("t{}", t), i + 1000 * round, {token(gender, "", id)}));
                    return transaction.settle(entry->number, {.answer = "AA " + id});
                };
                if (!engine->write(work)) ::_exit(1);
                const std::string line = fmt::format("{} {}\n", entry->number, id);
                if (::write(pipe, line.data(), line.size()) != static_cast<ssize_t>(line.size())) ::_exit(1);
            }
        });
    for (auto& thread : threads) thread.join();
    ::_exit(1);
}

}  // namespace

TEST_SUITE("store/relational/writer") {
    TEST_CASE("O-01: what was acknowledged survives kill -9") {
        const relational::Folder folder;
        std::vector<std::string> acknowledged;
        for (int round = 0; round < 5; ++round) {
            int ends[2];
            REQUIRE(::pipe(ends) == 0);
            const pid_t child = ::fork();
            REQUIRE(child >= 0);
            if (child == 0) {
                ::close(ends[0]);
                write_until_killed(folder, ends[1], round);
            }
            ::close(ends[1]);
            std::string told;
            char buffer[4096];
            // A different number of acknowledgements each round, then the blow; what was told until then counts.
            while (std::count(told.begin(), told.end(), '\n') < 20 + 37 * round) {
                const ssize_t got = ::read(ends[0], buffer, sizeof buffer);
                REQUIRE(got > 0);
                told.append(buffer, static_cast<std::size_t>(got));
            }
            ::kill(child, SIGKILL);
            int status = 0;
            ::waitpid(child, &status, 0);
            CHECK(WIFSIGNALED(status));
            while (true) {
                const ssize_t got = ::read(ends[0], buffer, sizeof buffer);
                if (got <= 0) break;
                told.append(buffer, static_cast<std::size_t>(got));
            }
            ::close(ends[0]);
            for (const auto line : base::split(told, '\n'))
                if (!line.empty()) acknowledged.emplace_back(line);

            const base::FixedClock clock{1'700'000'000'000'000};
            const auto engine = relational::open_in(folder, clock);
            CHECK(engine->check());
            const auto snapshot = engine->snapshot();
            for (const std::string& line : acknowledged) {
                const auto cut = base::cut(line, ' ');
                const std::string_view number = cut.first;
                const std::string_view id = cut.second;
                const auto read = snapshot->read("Patient", std::string(id));
                REQUIRE(read);
                REQUIRE_MESSAGE(read->has_value(), id);
                CHECK(snapshot->search(query({clause(identifier, {system_code("mrn", std::string(id))})}), fhir::search::Reach::everything(), {})->entries.size() == 1);
                const auto entry = engine->journal().read(*base::to_integer(number));
                REQUIRE(entry->has_value());
                CHECK((*entry)->state == store::durable::State::answered);
                CHECK((*entry)->answer == "AA " + std::string(id));
            }
        }
    }

    TEST_CASE("pieces of work that may run again, and one among them that fails: it leaves no trace, the others and their words stay") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        const auto engine = relational::open_in(folder, clock);
        // The first holds the writer until all others wait behind it, so that they make one group.
        std::atomic<int> waiting{0};
        constexpr int many = 12;
        std::vector<std::thread> threads;
        std::vector<int> runs(many, 0);
        std::atomic<int> failed{0};
        std::binary_semaphore begun{0};
        threads.emplace_back([&] {
            CHECK(engine->write([&](Transaction&) -> base::Result<void> {
                begun.release();
                while (waiting < many) std::this_thread::yield();
                return {};
            }));
        });
        begun.acquire();
        for (int i = 0; i < many; ++i)
            threads.emplace_back([&, i] {
                const Work work = [&, i](Transaction& transaction) -> base::Result<void> {
                    ++runs[static_cast<std::size_t>(i)];
                    TRY(put(transaction, "Patient", fmt::format("p{}", i), 1, {words(fmt::format("alike word{}", i)), token(identifier, fmt::format("s{}", i), "1")}));
                    if (i % 4 == 3) return base::Fault{base::Fault::Kind::conflict, "no"};
                    if (i == 6) throw std::runtime_error("no");
                    return {};
                };
                ++waiting;
                try {
                    if (!(i % 5 == 4 ? engine->write(work) : engine->write_repeatable(work))) ++failed;
                } catch (const std::runtime_error&) {
                    ++failed;
                }
            });
        for (auto& thread : threads) thread.join();
        CHECK(failed == 4);
        CHECK(runs[4] == 1);
        const auto snapshot = engine->snapshot();
        for (int i = 0; i < many; ++i) {
            const bool stays = i % 4 != 3 && i != 6;
            CHECK(snapshot->read("Patient", fmt::format("p{}", i))->has_value() == stays);
            CHECK(snapshot->search(query({clause(identifier, {system_code(fmt::format("s{}", i), "1")})}), fhir::search::Reach::everything(), {})->entries.size() ==
                  (stays ? 1 : 0));
        }
        Value alike;
        alike.words = *fhir::search::read_words("alike");
        CHECK(snapshot->search(query({clause(content_parameter, {alike})}), fhir::search::Reach::everything(), {})->entries.size() == many - 4);
        CHECK(engine->check());
    }

    TEST_CASE("a failure in a group without savepoints takes all of it back: what was before it runs again and is there once") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        const auto engine = relational::open_in(folder, clock);
        const auto patient = [](Transaction& transaction, const std::string& id) -> base::Result<void> {
            TRY(put(transaction, "Patient", id, 1, {token(identifier, id, "1")}));
            return {};
        };
        bool again = false;
        // Whether the other two come while the first holds the writer is up to the system: it is asked until they do.
        for (int round = 0; round < 1000 && !again; ++round) {
            const std::string first = fmt::format("first{}", round), good = fmt::format("good{}", round), bad = fmt::format("bad{}", round);
            std::atomic<int> coming{0};
            int held = 0;
            std::binary_semaphore begun{0};
            std::thread holder([&] {
                CHECK(engine->write_repeatable([&](Transaction& transaction) -> base::Result<void> {
                    TRY(patient(transaction, first));
                    if (++held == 1) begun.release();
                    while (coming < 2) std::this_thread::yield();
                    for (int i = 0; i < 100; ++i) std::this_thread::yield();
                    return {};
                }));
            });
            begun.acquire();
            std::thread neighbour([&] {
                ++coming;
                CHECK(engine->write_repeatable([&](Transaction& transaction) { return patient(transaction, good); }));
            });
            std::thread failing([&] {
                ++coming;
                CHECK_FALSE(engine->write_repeatable([&](Transaction& transaction) -> base::Result<void> {
                    TRY(patient(transaction, bad));
                    return base::Fault{base::Fault::Kind::conflict, "no"};
                }));
            });
            holder.join();
            neighbour.join();
            failing.join();
            again = held > 1;
            const auto snapshot = engine->snapshot();
            for (const std::string& id : {first, good}) {
                const auto read = snapshot->read("Patient", id);
                REQUIRE((read && *read));
                CHECK((*read)->version == 1);
                CHECK(snapshot->search(query({clause(identifier, {system_code(id, "1")})}), fhir::search::Reach::everything(), {})->entries.size() == 1);
            }
            CHECK_FALSE(snapshot->read("Patient", bad)->has_value());
            CHECK(snapshot->search(query({clause(identifier, {system_code(bad, "1")})}), fhir::search::Reach::everything(), {})->entries.empty());
        }
        CHECK(again);
        CHECK(engine->check());
    }

    TEST_CASE("O-03: a full disk refuses, reads go on, and it recovers when there is room") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        auto engine = relational::open_in(folder, clock);
        REQUIRE(put(*engine, "Patient", "first", 1));
        // SQLite reports a database at its page limit as a full disk.
        const auto limit = [&](std::int64_t pages) {
            engine.reset();
            RelationalOptions options;
            options.path = folder.file();
            options.parameters = urls();
            options.most_pages = pages;
            auto opened = Relational::open(options, clock);
            REQUIRE(opened);
            engine = std::move(*opened);
        };
        limit(60);
        base::Result<Written> last = put(*engine, "Patient", "second", 1);
        int written = 0;
        std::vector<IndexValue> index;
        for (int i = 0; i < 200; ++i) index.push_back(string(name, fmt::format("some long name to fill pages quickly {}", i)));
        while (last && written < 10'000) last = put(*engine, "Patient", fmt::format("fill{}", written++), 1, index);
        REQUIRE_FALSE(last);
        CHECK(last.fault().kind == base::Fault::Kind::unavailable);
        CHECK(last.fault().type == base::IssueType::no_store);
        CHECK(engine->snapshot()->read("Patient", "first")->has_value());
        CHECK_FALSE(engine->snapshot()->read("Patient", fmt::format("fill{}", written - 1))->has_value());
        CHECK_FALSE(put(*engine, "Patient", "again", 1, index));
        limit(0);
        CHECK(put(*engine, "Patient", "again", 1, index));
        CHECK(engine->check());
    }
}

}  // namespace store::contract
