// SPDX-License-Identifier: Apache-2.0
#include "store/relational/filling.h"

#include "store/relational/database_fixture.h"

#include <doctest/doctest.h>

using namespace store;
using namespace store::contract;

namespace {

// The database with the first `known` parameters in use, or those that mean something else.
std::unique_ptr<Relational> open_with(const relational::Folder& folder, const base::Clock& clock, std::size_t known, const std::string& meaning = "1") {
    RelationalOptions options;
    options.path = folder.file();
    options.parameters = urls();
    options.parameters.resize(known);
    options.meanings.assign(known, "1");
    options.meanings.back() = meaning;
    auto opened = Relational::open(options, clock);
    if (!opened) throw std::runtime_error(opened.fault().text);
    return std::move(*opened);
}

constexpr std::size_t without_names = identifier + 1;
constexpr std::size_t with_names = name + 1;

// Every resource is called by its id's first letter.
std::vector<fhir::search::IndexValue> index_of(const std::string&, const std::string& body) {
    const std::size_t at = body.find(R"("id":")") + 6;
    return {string(name, body.substr(at, 1)), token(gender, "g", "male")};
}

void write_some(Relational& engine, int from, int to) {
    REQUIRE(engine.write([&](Transaction& transaction) -> base::Result<void> {
        for (int i = from; i < to; ++i)
            TRY(put(transaction, "Patient", (i % 2 == 0 ? "a" : "b") + std::to_string(i), 1, {token(gender, "g", "male")}));
        return {};
    }));
}

base::Result<std::size_t> called(Relational& engine, const std::string& what) {
    TRY(const Page page, engine.snapshot()->search(query({clause(name, {text(what)})}), fhir::search::Reach::everything(), {1000, {}, 0}));
    return page.entries.size();
}

std::size_t males(Relational& engine) {
    const auto page = engine.snapshot()->search(query({clause(gender, {code("male")})}), fhir::search::Reach::everything(), {1000, {}, 0});
    REQUIRE(page);
    return page->entries.size();
}

}  // namespace

TEST_SUITE("store/relational/filling") {
    TEST_CASE("a new parameter is refused until what is stored is indexed for it, then it finds everything") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        auto engine = open_with(folder, clock, without_names);
        write_some(*engine, 0, 25);
        CHECK(engine->unfilled()->empty());
        engine.reset();

        engine = open_with(folder, clock, with_names);
        CHECK(*engine->unfilled() == std::vector<std::uint32_t>{name});
        const auto refused = called(*engine, "a");
        REQUIRE_FALSE(refused);
        CHECK(refused.fault().kind == base::Fault::Kind::unavailable);
        CHECK(males(*engine) == 25);

        // In the middle somebody writes, deletes, and asks in a piece of work.
        REQUIRE(*engine->fill(index_of, 10));
        REQUIRE(put(*engine, "Patient", "a0", 2, {string(name, "a"), token(gender, "g", "male")}));
        REQUIRE(put(*engine, "Patient", "a100", 2, {string(name, "a")}));
        REQUIRE(remove(*engine, "Patient", "a12"));
        CHECK_FALSE(engine->write([](Transaction& transaction) -> base::Result<void> {
            TRY(transaction.now().search(query({clause(name, {text("a")})}), fhir::search::Reach::everything(), {}));
            return {};
        }));
        const auto before = engine->snapshot();
        while (*engine->fill(index_of, 10)) {
        }
        CHECK(*called(*engine, "a") == 13);
        CHECK(*called(*engine, "b") == 12);
        CHECK(males(*engine) == 24);
        CHECK(engine->unfilled()->empty());
        CHECK_FALSE(*engine->fill(index_of, 10));
        CHECK(engine->check());
        // Whoever saw the moment before still sees a part only.
        CHECK_FALSE(before->search(query({clause(name, {text("a")})}), fhir::search::Reach::everything(), {}));
    }

    TEST_CASE("after a crash it goes on where it was") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        auto engine = open_with(folder, clock, without_names);
        write_some(*engine, 0, 25);
        engine.reset();
        engine = open_with(folder, clock, with_names);
        REQUIRE(*engine->fill(index_of, 10));
        engine.reset();
        engine = open_with(folder, clock, with_names);
        CHECK_FALSE(called(*engine, "a"));
        int indexed = 0;
        const auto counting = [&](const std::string& type, const std::string& body) {
            ++indexed;
            return index_of(type, body);
        };
        while (*engine->fill(counting, 10)) {
        }
        CHECK(indexed == 15);
        CHECK(*called(*engine, "a") == 13);
    }

    TEST_CASE("a parameter that was out of use, or means something else, is made anew") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        auto engine = open_with(folder, clock, with_names);
        REQUIRE(put(*engine, "Patient", "a1", 1, {string(name, "a")}));
        engine.reset();
        engine = open_with(folder, clock, without_names);
        REQUIRE(put(*engine, "Patient", "b1", 1));
        engine.reset();
        engine = open_with(folder, clock, with_names);
        CHECK_FALSE(called(*engine, "b"));
        CHECK_FALSE(*engine->fill(index_of, 10));
        CHECK(*called(*engine, "b") == 1);
        engine.reset();

        engine = open_with(folder, clock, with_names, "2");
        CHECK_FALSE(called(*engine, "b"));
        CHECK_FALSE(*engine->fill([](const std::string&, const std::string&) { return values({string(name, "c")}); }, 10));
        CHECK(*called(*engine, "b") == 0);
        CHECK(*called(*engine, "c") == 2);
        engine.reset();
        engine = open_with(folder, clock, with_names, "2");
        CHECK(engine->unfilled()->empty());
    }

    TEST_CASE("an empty database has nothing to fill, and one from before meanings were noted is whole") {
        const relational::Folder folder;
        const base::FixedClock clock{1'700'000'000'000'000};
        auto engine = open_with(folder, clock, with_names);
        CHECK(engine->unfilled()->empty());
        REQUIRE(put(*engine, "Patient", "a1", 1, {string(name, "a")}));
        engine.reset();
        {
            auto connection = *sql::Connection::open(folder.file(), sql::Mode::write);
            REQUIRE(connection->execute("update parameter set meaning = null"));
        }
        engine = open_with(folder, clock, with_names);
        CHECK(*called(*engine, "a") == 1);
    }
}
