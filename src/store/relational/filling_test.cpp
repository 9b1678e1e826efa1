// SPDX-License-Identifier: Apache-2.0
#include "store/relational/filling.h"

#include "store/relational/database_fixture.h"
#include "store/relational/engine.h"

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace store;
using namespace store::contract;

namespace {

constexpr std::size_t without_names = identifier + 1;
constexpr std::size_t with_names = name + 1;

// Every resource is called by its id's first letter.
std::vector<fhir::search::IndexValue> index_of(const std::string&, const std::string& body) {
    const std::size_t at = body.find(R"("id":")") + 6;
    return {string(name, body.substr(at, 1)), token(gender, "g", "male")};
}

// The first `known` parameters in use.
std::shared_ptr<Indexing> indexing(std::size_t known, const std::string& meaning = "1", std::uint64_t generation = 1) {
    auto made = std::make_shared<Indexing>();
    made->generation = generation;
    for (std::size_t i = 0; i < known; ++i) made->entries.push_back({urls()[i], "1", {"*"}, true});
    made->entries.back().meaning = meaning;
    made->values = [known](const std::string& type, const std::string& body) {
        auto values = index_of(type, body);
        std::erase_if(values, [&](const auto& value) { return value.parameter >= known; });
        return values;
    };
    return made;
}

std::unique_ptr<Relational> open_with(const relational::Folder& folder, const base::Clock& clock, std::shared_ptr<const Indexing> known) {
    RelationalOptions options;
    options.path = folder.file();
    auto opened = Relational::open(options, clock);
    if (!opened) throw std::runtime_error(opened.fault().text);
    if (const auto done = (*opened)->adopt(std::move(known)); !done) throw std::runtime_error(done.fault().text);
    return std::move(*opened);
}

void write_some(Relational& engine, int from, int to, const std::string& type = "Patient") {
    REQUIRE(engine.write([&](Transaction& transaction) -> base::Result<void> {
        for (int i = from; i < to; ++i)
            TRY(put(transaction, type, (i % 2 == 0 ? "a" : "b") + std::to_string(i), 1, {token(gender, "g", "male")}));
        return {};
    }));
}

base::Result<std::size_t> called(Relational& engine, const std::string& what, const std::string& type = "Patient") {
    TRY(const Page page, engine.snapshot()->search(query({clause(name, {text(what)})}, type), fhir::search::Reach::everything(), {1000, {}, 0}));
    return page.entries.size();
}

std::size_t males(Relational& engine) {
    const auto page = engine.snapshot()->search(query({clause(gender, {code("male")})}), fhir::search::Reach::everything(), {1000, {}, 0});
    REQUIRE(page);
    return page->entries.size();
}

void fill_all(Relational& engine, int most = 10) {
    while (true) {
        const auto more = engine.fill(most);
        REQUIRE(more);
        if (!*more) return;
    }
}

base::Fault::Kind kind_of(const base::Result<std::size_t>& result) { return result ? base::Fault::Kind::bug : result.fault().kind; }

}  // namespace

TEST_SUITE("store/relational/filling") {
    TEST_CASE("a new parameter is refused until what is stored is indexed for it, then it finds everything") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        auto engine = open_with(folder, clock, indexing(without_names));
        write_some(*engine, 0, 25);
        CHECK(engine->filling()->empty());

        REQUIRE(engine->adopt(indexing(with_names, "1", 2)));
        const auto filling = engine->filling();
        REQUIRE(filling->size() == 1);
        CHECK(filling->front().parameter == name);
        CHECK(filling->front().type == "Patient");
        CHECK(filling->front().total == 25);
        const auto refused = called(*engine, "a");
        REQUIRE_FALSE(refused);
        CHECK(refused.fault().kind == base::Fault::Kind::unavailable);
        CHECK(refused.fault().type == base::IssueType::incomplete);
        CHECK(males(*engine) == 25);

        // In the middle somebody writes, deletes, and asks in a piece of work.
        REQUIRE(*engine->fill(10));
        CHECK(engine->filling()->front().done == 10);
        REQUIRE(put(*engine, "Patient", "a0", 2, {string(name, "a"), token(gender, "g", "male")}));
        REQUIRE(put(*engine, "Patient", "a100", 2, {string(name, "a")}));
        REQUIRE(remove(*engine, "Patient", "a12"));
        CHECK_FALSE(engine->write([](Transaction& transaction) -> base::Result<void> {
            TRY(transaction.now().search(query({clause(name, {text("a")})}), fhir::search::Reach::everything(), {}));
            return {};
        }));
        const auto before = engine->snapshot();
        fill_all(*engine);
        CHECK(*called(*engine, "a") == 13);
        CHECK(*called(*engine, "b") == 12);
        CHECK(engine->filling()->empty());
        CHECK_FALSE(*engine->fill(10));
        CHECK(engine->check());
        // Whoever saw the moment before still sees a part only.
        CHECK_FALSE(before->search(query({clause(name, {text("a")})}), fhir::search::Reach::everything(), {}));
    }

    TEST_CASE("other types are searched while one is filled, and only types that a parameter is read from are looked at") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        auto engine = open_with(folder, clock, indexing(without_names));
        write_some(*engine, 0, 25);
        write_some(*engine, 0, 5, "Group");
        auto next = indexing(with_names, "1", 2);
        next->entries[name].types = {"Group"};
        REQUIRE(engine->adopt(next));
        CHECK(*called(*engine, "a") == 0);
        CHECK_FALSE(called(*engine, "a", "Group"));
        CHECK_FALSE(called(*engine, "a", ""));
        CHECK_FALSE(*engine->fill(10));
        CHECK(*called(*engine, "a", "Group") == 3);
        // One more type: only that one is lacking.
        next = indexing(with_names, "1", 3);
        next->entries[name].types = {"Group", "Patient"};
        REQUIRE(engine->adopt(next));
        CHECK(*called(*engine, "a", "Group") == 3);
        CHECK_FALSE(called(*engine, "a"));
        fill_all(*engine);
        CHECK(*called(*engine, "a") == 13);
    }

    TEST_CASE("after a crash it goes on where it was") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        auto engine = open_with(folder, clock, indexing(without_names));
        write_some(*engine, 0, 25);
        REQUIRE(engine->adopt(indexing(with_names)));
        REQUIRE(*engine->fill(10));
        engine.reset();
        auto counting = indexing(with_names);
        int indexed = 0;
        counting->values = [&](const std::string& type, const std::string& body) {
            ++indexed;
            return index_of(type, body);
        };
        engine = open_with(folder, clock, counting);
        CHECK_FALSE(called(*engine, "a"));
        fill_all(*engine);
        CHECK(indexed == 15);
        CHECK(*called(*engine, "a") == 13);
    }

    TEST_CASE("a parameter that was out of use, or means something else, is made anew") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        auto engine = open_with(folder, clock, indexing(with_names));
        REQUIRE(put(*engine, "Patient", "a1", 1, {string(name, "a")}));
        engine.reset();
        engine = open_with(folder, clock, indexing(without_names));
        REQUIRE(put(*engine, "Patient", "b1", 1));
        engine.reset();
        engine = open_with(folder, clock, indexing(with_names));
        CHECK_FALSE(called(*engine, "b"));
        fill_all(*engine);
        CHECK(*called(*engine, "b") == 1);
        engine.reset();

        auto other = indexing(with_names, "2");
        other->values = [](const std::string&, const std::string&) { return values({string(name, "c")}); };
        engine = open_with(folder, clock, other);
        CHECK_FALSE(called(*engine, "b"));
        fill_all(*engine);
        CHECK(*called(*engine, "b") == 0);
        CHECK(*called(*engine, "c") == 2);
        engine.reset();
        engine = open_with(folder, clock, indexing(with_names, "2"));
        CHECK(engine->filling()->empty());
    }

    TEST_CASE("what is withdrawn is refused to those who still ask for it, and its rows go") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        auto engine = open_with(folder, clock, indexing(with_names));
        REQUIRE(put(*engine, "Patient", "a1", 1, {string(name, "a"), token(gender, "g", "male")}));
        auto next = indexing(with_names, "1", 2);
        next->entries[name].in_use = false;
        next->values = indexing(without_names)->values;
        REQUIRE(engine->adopt(next));
        CHECK(kind_of(called(*engine, "a")) == base::Fault::Kind::unavailable);
        CHECK(males(*engine) == 1);
        CHECK(engine->filling()->empty());
        fill_all(*engine);
        CHECK(males(*engine) == 1);
        engine.reset();
        auto connection = *sql::Connection::open(folder.file(), sql::Mode::read);
        CHECK(*connection->number("select count(*) from ix_string") == 0);
        CHECK(*connection->number("select count(*) from ix_token") == 1);
    }

    TEST_CASE("values that were made for other parameters are made anew where they are stored") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        auto engine = open_with(folder, clock, indexing(without_names));
        const auto body = document(1, "a1");
        const auto values = std::vector{token(gender, "g", "male")};
        const Put prepared{"Patient", "a1", &body, &values, 1};
        REQUIRE(engine->adopt(indexing(with_names, "1", 2)));
        REQUIRE(engine->write([&](Transaction& transaction) -> base::Result<void> {
            TRY(transaction.put(prepared));
            return {};
        }));
        CHECK(*called(*engine, "a") == 1);
        CHECK(males(*engine) == 1);
    }

    TEST_CASE("everything is made anew while it answers") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        auto engine = open_with(folder, clock, indexing(with_names, "1", 0));
        write_some(*engine, 0, 25);
        CHECK(*called(*engine, "a") == 0);  // nobody gave them a name
        REQUIRE(engine->index_anew());
        CHECK(*called(*engine, "a") == 0);
        REQUIRE(engine->filling()->size() == 1);
        CHECK_FALSE(engine->filling()->front().parameter);
        CHECK(engine->filling()->front().answers);
        fill_all(*engine);
        CHECK(*called(*engine, "a") == 13);
        CHECK(males(*engine) == 25);
    }

    TEST_CASE("parameters that come one after the other, in the middle of each other's filling, are all filled") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        auto engine = open_with(folder, clock, indexing(gender + 1));
        write_some(*engine, 0, 45);
        REQUIRE(engine->adopt(indexing(without_names, "1", 2)));
        REQUIRE(*engine->fill(10));
        REQUIRE(engine->adopt(indexing(with_names, "1", 3)));
        CHECK(engine->filling()->size() == 2);
        CHECK_FALSE(called(*engine, "a"));
        fill_all(*engine);
        CHECK(*called(*engine, "a") == 23);
        CHECK(males(*engine) == 45);
    }

    TEST_CASE("what nobody has taken up is refused, not found nowhere") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        auto engine = open_with(folder, clock, indexing(without_names));
        write_some(*engine, 0, 4);
        CHECK(engine->filling()->empty());
        CHECK(kind_of(called(*engine, "a")) == base::Fault::Kind::unavailable);
        // Also where it only says what is in reach.
        fhir::search::Reach reach;
        reach.allow("Patient", clause(name, {text("a")}));
        CHECK_FALSE(engine->snapshot()->search(query({clause(gender, {code("male")})}), reach, {1000, {}, 0}));
        CHECK_FALSE(engine->snapshot()->search(query({clause(gender, {code("male")})}, ""), reach, {1000, {}, 0}));  // of every type
        CHECK_FALSE(engine->snapshot()->explain(query({clause(name, {text("a")})}), fhir::search::Reach::everything()));
        CHECK(males(*engine) == 4);
    }

    TEST_CASE("while parameters come and go nobody gets an answer from a part") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        auto engine = open_with(folder, clock, indexing(without_names));
        write_some(*engine, 0, 40);
        std::atomic<bool> ended = false;
        std::atomic<int> wrong = 0, right = 0;
        std::thread filler([&] {
            while (!ended) (void)engine->fill(7);
        });
        std::thread writer([&] {
            const auto values = std::vector{token(gender, "g", "male")};
            for (int i = 0; !ended; ++i) {
                const auto body = document(i, "a0");
                (void)engine->write([&](Transaction& transaction) -> base::Result<void> {
                    TRY(transaction.put({"Patient", "a0", &body, &values, 1}));
                    return {};
                });
            }
        });
        std::thread reader([&] {
            while (!ended) {
                const auto found = called(*engine, "a");
                if (!found) continue;
                ++(*found == 20 ? right : wrong);
            }
        });
        for (std::uint64_t round = 2; round < 60; ++round) {
            auto next = indexing(with_names, "1", round);
            if (round % 2 != 0) {
                next->entries[name].in_use = false;
                next->values = indexing(without_names)->values;
            }
            REQUIRE(engine->adopt(next));
            while (round % 2 == 0 && !called(*engine, "a")) std::this_thread::yield();
        }
        ended = true;
        filler.join();
        writer.join();
        reader.join();
        CHECK(wrong == 0);
        CHECK(right > 0);
        CHECK(engine->check());
    }

    TEST_CASE("a step over references waits for what it asks by itself, by its parameters and by its reach") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        auto engine = open_with(folder, clock, indexing(without_names));
        write_some(*engine, 0, 5);
        write_some(*engine, 0, 5, "Group");
        const auto everything = fhir::search::Reach::everything();
        const auto kind = [&](const Step& step, const fhir::search::Reach& reach) {
            const auto found = engine->snapshot()->follow({{"Patient", "a0"}}, step, reach, 10);
            return found ? base::Fault::Kind::bug : found.fault().kind;
        };
        const auto waits = base::Fault::Kind::unavailable, goes_on = base::Fault::Kind::bug;
        const Step any{"", {}, "Patient", true}, of_groups{"Group", {}, "Patient", true}, of_patients{"Patient", {}, "", false};

        auto next = indexing(with_names, fhir::search::meaning_of(parameter(name)), 2);
        next->entries[name].types = {"Group"};
        REQUIRE(engine->adopt(next));
        fhir::search::Reach called;
        called.allow("Patient");
        called.allow("Group", clause(name, {text("a")}));
        CHECK(kind(any, everything) == goes_on);  // names are no references
        CHECK(kind(any, called) == waits);
        CHECK(kind(of_groups, called) == waits);
        CHECK(kind({"Patient", {}, "Group", false}, called) == waits);
        CHECK(kind({"Patient", {}, "Patient", false}, called) == goes_on);
        CHECK_FALSE(engine->snapshot()->explain(query({clause(name, {text("a")})}, "Group"), everything));
        CHECK_FALSE(engine->snapshot()->explain(query({}, "Group"), called));
        fill_all(*engine);
        CHECK(kind(any, called) == goes_on);

        next = indexing(subject + 1, fhir::search::meaning_of(parameter(subject)), 3);
        next->entries[name] = {urls()[name], fhir::search::meaning_of(parameter(name)), {"Group"}, true};
        next->entries[birthdate].in_use = false;
        next->entries[subject].types = {"Group"};
        REQUIRE(engine->adopt(next));
        REQUIRE(engine->filling()->size() == 1);
        CHECK(kind(any, everything) == waits);
        CHECK(kind(of_groups, everything) == waits);
        CHECK(kind(of_patients, everything) == goes_on);
        CHECK(kind({"Group", {&parameter(subject)}, "Patient", true}, everything) == waits);
        fill_all(*engine);
        CHECK(kind(any, everything) == goes_on);
    }

    TEST_CASE("who fills is woken when parameters were not taken up") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        auto engine = open_with(folder, clock, indexing(without_names));
        engine.reset();
        {
            auto connection = *sql::Connection::open(folder.file(), sql::Mode::write);
            REQUIRE(connection->execute("create trigger refuse before insert on parameter begin select raise(abort, 'no'); end"));
        }
        engine = open_with(folder, clock, indexing(without_names));
        const std::chrono::milliseconds at_once(0);
        CHECK(engine->await_filling({}, at_once));
        CHECK_FALSE(engine->await_filling({}, at_once));
        CHECK_FALSE(engine->adopt(indexing(with_names, "1", 2)));
        CHECK(engine->await_filling({}, at_once));
        CHECK_FALSE(engine->adopt(indexing(with_names, "1", 2)));  // that may be who was woken
        CHECK_FALSE(engine->await_filling({}, at_once));
    }

    TEST_CASE("what is noted while a stretch is indexed is not done with it") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        auto engine = open_with(folder, clock, indexing(without_names));
        write_some(*engine, 0, 5);
        REQUIRE(engine->adopt(indexing(with_names, "1", 2)));
        engine.reset();
        auto connection = *sql::Connection::open(folder.file(), sql::Mode::write);
        const auto stretch = relational::next_stretch(*connection);
        REQUIRE((stretch && *stretch));
        REQUIRE(relational::note_all(*connection));
        REQUIRE(relational::note_done(*connection, **stretch, (*stretch)->to, 5));
        CHECK(*connection->number("select count(*) from filling") == 1);
        CHECK(*connection->number("select count(*) from filling where parameter = 0 and reached = 0") == 1);
    }

    TEST_CASE("an empty database has nothing to fill, and one from before meanings were noted is whole") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        auto engine = open_with(folder, clock, indexing(with_names));
        CHECK(engine->filling()->empty());
        REQUIRE(put(*engine, "Patient", "a1", 1, {string(name, "a")}));
        engine.reset();
        {
            auto connection = *sql::Connection::open(folder.file(), sql::Mode::write);
            REQUIRE(connection->execute("update parameter set meaning = null, types = null"));
        }
        engine = open_with(folder, clock, indexing(with_names));
        CHECK(*called(*engine, "a") == 1);
    }
}
