// SPDX-License-Identifier: Apache-2.0
#pragma once

// What every engine must do, as tests. An engine joins in by a type E that opens one, empty, on construction:
//
//     struct E { base::FixedClock clock; store::Repository& repository(); store::durable::Journal& journal();
//                store::durable::Records& records(); store::Ledger& ledger(); };
//     TEST_CASE_TEMPLATE_INVOKE(repository_contract, E);
//
// Only tests include this header.

#include "store/contract_fixture.h"

#include <doctest/doctest.h>

#include <atomic>
#include <set>
#include <thread>

namespace store::contract {

inline std::vector<std::string> ids(const Page& page) {
    std::vector<std::string> found;
    for (const Version& version : page.entries) found.push_back(version.id);
    return found;
}

// All pages of a search, joined.
inline std::vector<std::string> all_pages(Repository& repository, const fhir::search::Query& query, int count, Position as_of = 0) {
    std::vector<std::string> found;
    Window window{count, "", as_of};
    for (int pages = 0; pages < 10'000; ++pages) {
        auto page = repository.snapshot()->search(query, fhir::search::Reach::everything(), window);
        REQUIRE_MESSAGE(page, page.fault().text);
        for (const auto& id : ids(*page)) found.push_back(id);
        if (page->next.empty()) return found;
        window.after = page->next;
    }
    FAIL("pages without end");
    return found;
}

TEST_CASE_TEMPLATE_DEFINE("a repository keeps versions", E, contract_versions) {
    E engine;
    Repository& repository = engine.repository();

    SUBCASE("numbers are gapless, the current one is read, older ones stay") {
        for (int i = 1; i <= 3; ++i) {
            engine.clock.advance(1'000'000);
            const auto written = put(repository, "Patient", "p", i);
            REQUIRE(written);
            CHECK(written->version.version == i);
            CHECK_FALSE(written->unchanged);
        }
        const auto snapshot = repository.snapshot();
        const auto current = snapshot->read("Patient", "p");
        REQUIRE(current);
        REQUIRE(current->has_value());
        CHECK((*current)->version == 3);
        CHECK((*current)->position == 3);
        CHECK(*(*current)->body == document(3, "p").stamped(3, (*current)->last_updated));
        const auto first = snapshot->vread("Patient", "p", 1);
        REQUIRE(first);
        REQUIRE(first->has_value());
        CHECK((*first)->change == Change::created);
        CHECK(*(*first)->body == document(1, "p").stamped(1, (*first)->last_updated));
        CHECK((*current)->last_updated - (*first)->last_updated == 2'000'000);
        for (const std::int64_t wrong : {-1, 0, 4}) CHECK_FALSE(snapshot->vread("Patient", "p", wrong)->has_value());
        CHECK_FALSE(snapshot->read("Patient", "q")->has_value());
        CHECK_FALSE(snapshot->read("Observation", "p")->has_value());
        CHECK_FALSE(snapshot->read("Patient", "P")->has_value());
    }
    SUBCASE("what is the same makes no new version") {
        REQUIRE(put(repository, "Patient", "p", 1));
        engine.clock.advance(5'000'000);
        const auto again = put(repository, "Patient", "p", 1);
        REQUIRE(again);
        CHECK(again->unchanged);
        CHECK(again->version.version == 1);
        CHECK(repository.snapshot()->position() == 1);
    }
    SUBCASE("what was deleted comes back with the next number, even unchanged") {
        REQUIRE(put(repository, "Patient", "p", 1, values({token(gender, "", "male")})));
        const auto removed = remove(repository, "Patient", "p");
        REQUIRE(removed);
        CHECK(removed->version.version == 2);
        CHECK(removed->version.deleted());
        CHECK((*repository.snapshot()->read("Patient", "p"))->deleted());
        CHECK((*repository.snapshot()->read("Patient", "p"))->body == nullptr);
        CHECK(all_pages(repository, query({clause(gender, {code("male")})}), 10).empty());
        CHECK(all_pages(repository, query({}), 10).empty());
        CHECK(remove(repository, "Patient", "p")->unchanged);
        CHECK(remove(repository, "Patient", "never")->unchanged);
        CHECK(remove(repository, "Basic", "never")->unchanged);
        const auto back = put(repository, "Patient", "p", 1, values({token(gender, "", "male")}));
        REQUIRE(back);
        CHECK(back->version.version == 3);
        CHECK_FALSE(back->unchanged);
        CHECK(all_pages(repository, query({clause(gender, {code("male")})}), 10).size() == 1);
        CHECK((*repository.snapshot()->vread("Patient", "p", 2))->deleted());
    }
    SUBCASE("time never goes back, whatever the clock says") {
        REQUIRE(put(repository, "Patient", "p", 1));
        engine.clock.advance(-60'000'000);
        REQUIRE(put(repository, "Patient", "p", 2));
        const auto one = repository.snapshot()->vread("Patient", "p", 1);
        const auto two = repository.snapshot()->vread("Patient", "p", 2);
        CHECK((*two)->last_updated >= (*one)->last_updated);
        CHECK((*two)->last_updated % 1000 == 0);
    }
    SUBCASE("a snapshot sees one moment") {
        REQUIRE(put(repository, "Patient", "p", 1, values({token(gender, "", "male")})));
        const auto before = repository.snapshot();
        CHECK(before->position() == 1);
        REQUIRE(put(repository, "Patient", "p", 2, values({token(gender, "", "female")})));
        REQUIRE(put(repository, "Patient", "q", 1, values({token(gender, "", "male")})));
        CHECK((*before->read("Patient", "p"))->version == 1);
        CHECK_FALSE(before->vread("Patient", "p", 2)->has_value());
        CHECK(ids(*before->search(query({clause(gender, {code("male")})}), fhir::search::Reach::everything(), {})) == std::vector<std::string>{"p"});
        CHECK(before->history({}, {})->entries.size() == 1);
        CHECK(before->position() == 1);
        CHECK(ids(*repository.snapshot()->search(query({clause(gender, {code("male")})}), fhir::search::Reach::everything(), {})) == std::vector<std::string>{"q"});
    }
}

TEST_CASE_TEMPLATE_DEFINE("a repository tells history, newest first", E, contract_history) {
    E engine;
    Repository& repository = engine.repository();
    std::vector<base::Micros> times{0};
    const auto step = [&](const char* type, const char* id, int body) {
        engine.clock.advance(1'000'000);
        if (body == 0)
            REQUIRE(remove(repository, type, id));
        else
            REQUIRE(put(repository, type, id, body));
        times.push_back(engine.clock.now() / 1000 * 1000);
    };
    step("Patient", "a", 1);      // 1
    step("Observation", "x", 1);  // 2
    step("Patient", "a", 2);      // 3
    step("Patient", "b", 1);      // 4
    step("Patient", "a", 0);      // 5
    step("Patient", "a", 3);      // 6

    const auto positions = [&](const HistoryScope& scope, int count = 50, Position as_of = 0) {
        std::vector<Position> found;
        Window window{count, "", as_of};
        const auto snapshot = repository.snapshot();
        while (true) {
            const auto page = snapshot->history(scope, window);
            REQUIRE(page);
            for (const Version& version : page->entries) {
                found.push_back(version.position);
                CHECK((version.body == nullptr) == version.deleted());
            }
            if (page->next.empty()) return found;
            CHECK(page->entries.size() == static_cast<std::size_t>(count));
            window.after = page->next;
        }
    };
    using P = std::vector<Position>;
    for (const int count : {1, 2, 3, 50}) {
        CHECK(positions({}, count) == P{6, 5, 4, 3, 2, 1});
        CHECK(positions({"Patient", ""}, count) == P{6, 5, 4, 3, 1});
        CHECK(positions({"Patient", "a"}, count) == P{6, 5, 3, 1});
        CHECK(positions({"Patient", "a"}, count, 5) == P{5, 3, 1});
        CHECK(positions({"Patient", ""}, count, 4) == P{4, 3, 1});
        CHECK(positions({"", "", times[3]}, count) == P{6, 5, 4, 3});
        CHECK(positions({"", "", times[3], times[4]}, count) == P{4, 3});
        CHECK(positions({"Patient", "a", 0, times[3]}, count) == P{3, 1});
        CHECK(positions({"Patient", "a", times[3] + 1000}, count) == P{6, 5});
    }
    CHECK(positions({"Patient", "none"}).empty());
    CHECK(positions({"Basic", ""}).empty());
    CHECK(repository.snapshot()->history({"Patient", "a"}, {})->total == 4);
    CHECK(repository.snapshot()->history({"Patient", "a"}, Window{0, "", 0})->total == 4);
    CHECK(repository.snapshot()->history({"Patient", "a"}, Window{0, "", 0})->entries.empty());
    CHECK(repository.snapshot()->history({}, Window{0, "", 0})->total == repository.snapshot()->history({}, {})->total);
    CHECK_FALSE(repository.snapshot()->history({}, Window{2, "not a cursor", 0}));
}

TEST_CASE_TEMPLATE_DEFINE("a piece of work is all or nothing", E, contract_work) {
    E engine;
    Repository& repository = engine.repository();
    REQUIRE(put(repository, "Patient", "kept", 1, values({token(gender, "s", "male")})));

    SUBCASE("a fault in the middle leaves nothing") {
        const auto entry = engine.journal().record("lab", "1", "bytes", 1);
        REQUIRE(entry);
        const auto done = repository.write([&](Transaction& transaction) -> base::Result<void> {
            TRY(put(transaction, "Patient", "new", 1, values({token(gender, "new-system", "male")})));
            TRY(put(transaction, "Brand", "new", 1, values({token(gender, "s", "male")})));
            TRY(put(transaction, "Patient", "kept", 2, values({token(gender, "s", "female")})));
            TRY(transaction.remove("Patient", "kept"));
            TRY(transaction.settle(entry->number, {.answer = "AA"}));
            CHECK((*transaction.now().read("Patient", "kept"))->deleted());
            CHECK(transaction.now().search(query({clause(gender, {code("male")})}), fhir::search::Reach::everything(), {})->entries.size() == 1);
            return base::Fault{base::Fault::Kind::stale, "no"};
        });
        REQUIRE_FALSE(done);
        CHECK(done.fault().kind == base::Fault::Kind::stale);
        CHECK_FALSE(repository.snapshot()->read("Patient", "new")->has_value());
        CHECK_FALSE(repository.snapshot()->read("Brand", "new")->has_value());
        CHECK((*repository.snapshot()->read("Patient", "kept"))->version == 1);
        CHECK(all_pages(repository, query({clause(gender, {code("male")})}), 10) == std::vector<std::string>{"kept"});
        CHECK((*engine.journal().read(entry->number))->state == durable::State::received);
        CHECK(repository.snapshot()->position() == 1);
        // Names given inside the failed work are given anew.
        REQUIRE(put(repository, "Brand", "new", 1, values({token(gender, "new-system", "male")})));
        CHECK(all_pages(repository, query({clause(gender, {system_code("new-system", "male")})}, "Brand"), 10).size() == 1);
        CHECK(verify(engine.ledger()));
    }
    SUBCASE("an exception leaves nothing and reaches the caller") {
        CHECK_THROWS_AS((void)repository.write([&](Transaction& transaction) -> base::Result<void> {
            TRY(put(transaction, "Patient", "new", 1));
            throw std::runtime_error("bug");
        }),
                        std::runtime_error);
        CHECK_FALSE(repository.snapshot()->read("Patient", "new")->has_value());
        CHECK(put(repository, "Patient", "next", 1));
    }
    SUBCASE("everything in it has one time, and later steps see earlier ones") {
        const auto done = repository.write([&](Transaction& transaction) -> base::Result<void> {
            TRY(const auto a, put(transaction, "Patient", "a", 1, values({token(gender, "", "other")})));
            engine.clock.advance(3'000'000);
            TRY(const auto b, put(transaction, "Patient", "b", 1));
            CHECK(a.version.last_updated == b.version.last_updated);
            CHECK(a.version.last_updated == transaction.time());
            CHECK(b.version.position == a.version.position + 1);
            CHECK(transaction.now().position() == b.version.position);
            CHECK(transaction.now().search(query({clause(gender, {code("other")})}), fhir::search::Reach::everything(), {})->entries.size() == 1);
            CHECK_FALSE(repository.snapshot()->read("Patient", "a")->has_value());
            return {};
        });
        CHECK(done);
    }
    SUBCASE("a message is settled in the commit") {
        const auto entry = engine.journal().record("lab", "1", "bytes", 1);
        CHECK(repository.write([&](Transaction& t) { return t.settle(entry->number, {.answer = "AA"}); }));
        CHECK((*engine.journal().read(entry->number))->state == durable::State::answered);
        CHECK((*engine.journal().read(entry->number))->answer == "AA");
        CHECK_FALSE(repository.write([&](Transaction& t) { return t.settle(4711, {.answer = "AA"}); }));
    }
}

TEST_CASE_TEMPLATE_DEFINE("many callers write at once", E, contract_threads) {
    E engine;
    Repository& repository = engine.repository();

    SUBCASE("E-04: of many updates of one version one wins") {
        REQUIRE(put(repository, "Patient", "p", 1));
        std::atomic<int> won = 0;
        std::atomic<int> stale = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < 20; ++i)
            threads.emplace_back([&, i] {
                const auto done = repository.write([&](Transaction& transaction) -> base::Result<void> {
                    TRY(const auto current, transaction.now().read("Patient", "p"));
                    if (current->version != 1) return base::Fault{base::Fault::Kind::stale, "changed"};
                    TRY(put(transaction, "Patient", "p", 100 + i));
                    return {};
                });
                ++(done ? won : stale);
            });
        for (auto& thread : threads) thread.join();
        CHECK(won == 1);
        CHECK(stale == 19);
        CHECK((*repository.snapshot()->read("Patient", "p"))->version == 2);
    }
    SUBCASE("E-07: two that look before they create make one") {
        std::atomic<int> made = 0;
        std::vector<std::thread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&, i] {
                const std::string id = "p" + std::to_string(i);
                (void)repository.write([&](Transaction& transaction) -> base::Result<void> {
                    TRY(const auto page, transaction.now().search(query({clause(identifier, {system_code("mrn", "1")})}), fhir::search::Reach::everything(), {}));
                    if (!page.entries.empty()) return {};
                    TRY(put(transaction, "Patient", id, 1, values({token(identifier, "mrn", "1")})));
                    ++made;
                    return {};
                });
            });
        for (auto& thread : threads) thread.join();
        CHECK(made == 1);
        CHECK(all_pages(repository, query({}), 10).size() == 1);
    }
    SUBCASE("one that fails does not hurt its neighbours") {
        constexpr int writers = 8;
        constexpr int rounds = 25;
        std::vector<std::thread> threads;
        std::atomic<int> written = 0;
        for (int w = 0; w < writers; ++w)
            threads.emplace_back([&, w] {
                for (int r = 0; r < rounds; ++r) {
                    const std::string id = "p" + std::to_string(w) + "-" + std::to_string(r);
                    const auto done = repository.write([&](Transaction& transaction) -> base::Result<void> {
                        TRY(put(transaction, "Patient", id, r + 1, values({token(gender, "sys" + id, "male")})));
                        if ((w + r) % 3 == 0) return base::Fault{base::Fault::Kind::invalid, "no"};
                        return {};
                    });
                    CHECK(static_cast<bool>(done) == ((w + r) % 3 != 0));
                    if (done) ++written;
                    const auto seen = repository.snapshot()->read("Patient", id);
                    CHECK(seen->has_value() == static_cast<bool>(done));
                }
            });
        for (auto& thread : threads) thread.join();
        CHECK(repository.snapshot()->position() == written);
        CHECK(all_pages(repository, query({clause(gender, {code("male")})}), 7).size() == static_cast<std::size_t>(written));
        CHECK(*verify(engine.ledger()) == written);
    }
    SUBCASE("pages are disjoint and complete while writes go on") {
        for (int i = 0; i < 60; ++i)
            REQUIRE(put(repository, "Patient", "p" + std::to_string(i), 1,
                        values({token(gender, "", "male"), string(name, i % 2 ? "Berg" : "Adler")})));
        const Position as_of = repository.snapshot()->position();
        std::atomic<bool> stop = false;
        std::thread noise([&] {
            for (int i = 0; !stop; ++i) {
                CHECK(put(repository, "Patient", "n" + std::to_string(i), 1,
                          values({token(gender, "", "male"), string(name, "Adam")})));
                CHECK(put(repository, "Patient", "p" + std::to_string(i % 60), 10 + i,
                          values({token(gender, "", "male"), string(name, i % 60 % 2 ? "Berg" : "Adler")})));
            }
        });
        auto sorted = query({clause(gender, {code("male")})});
        sorted.sort = {{&parameter(name), true}};
        for (const auto& asked : {query({clause(gender, {code("male")})}), sorted}) {
            const auto found = all_pages(repository, asked, 7, as_of);
            CHECK(found.size() == 60);
            CHECK(std::set<std::string>(found.begin(), found.end()).size() == 60);
        }
        stop = true;
        noise.join();
    }
}

TEST_CASE_TEMPLATE_DEFINE("a repository searches", E, contract_search) {
    E engine;
    Repository& repository = engine.repository();
    const base::Micros day = 86'400'000'000;
    REQUIRE(put(repository, "Patient", "anna", 1,
                values({string(name, "Ångström"), token(gender, "g", "female"), date(birthdate, 10 * day, 11 * day),
                        token(identifier, "mrn", "1"), token(identifier, "ssn", "7")})));
    REQUIRE(put(repository, "Patient", "berta", 1,
                values({string(name, "Angel"), string(name, "Zorn"), token(gender, "g", "female"), date(birthdate, 20 * day, 21 * day),
                        token(identifier, "mrn", "2")})));
    REQUIRE(put(repository, "Patient", "carl", 1, values({string(name, "Carl"), token(gender, "h", "male")})));
    REQUIRE(put(repository, "Observation", "o1", 1,
                values({reference(subject, "Patient", "anna"), number(probability, 0.5), quantity(value_quantity, "u", "mg", 5),
                        uri(url, "http://x/1"), token(code_parameter, "l", "c1", 0, code_value, 1, 1),
                        quantity(value_quantity, "u", "mg", 5, code_value, 2, 1), token(code_parameter, "l", "c2", 0, code_value, 1, 2),
                        quantity(value_quantity, "u", "mg", 9, code_value, 2, 2)})));
    REQUIRE(put(repository, "Observation", "o2", 1,
                values({reference(subject, "Group", "anna"), number(probability, 0.75), quantity(value_quantity, "u", "g", 5)})));
    const auto found = [&](std::vector<fhir::search::Clause> clauses, const char* type = "Patient") {
        return all_pages(repository, query(std::move(clauses), type), 50);
    };
    using Ids = std::vector<std::string>;
    using fhir::search::Modifier;
    using fhir::search::Prefix;

    SUBCASE("nothing asked finds everything in order of creation") {
        CHECK(found({}) == Ids{"anna", "berta", "carl"});
        CHECK(found({}, "") == Ids{"anna", "berta", "carl", "o1", "o2"});
        CHECK(found({}, "Never") == Ids{});
    }
    SUBCASE("tokens") {
        CHECK(found({clause(gender, {code("female")})}) == Ids{"anna", "berta"});
        CHECK(found({clause(gender, {system_code("g", "female")})}) == Ids{"anna", "berta"});
        CHECK(found({clause(gender, {system_code("h", "female")})}) == Ids{});
        CHECK(found({clause(gender, {system_code("", "female")})}) == Ids{});
        CHECK(found({clause(gender, {any_code("h")})}) == Ids{"carl"});
        CHECK(found({clause(gender, {code("male"), code("female")})}) == Ids{"anna", "berta", "carl"});
        CHECK(found({clause(gender, {code("female")}, Modifier::not_)}) == Ids{"carl"});
        CHECK(found({clause(identifier, {system_code("mrn", "1")}), clause(identifier, {system_code("ssn", "7")})}) == Ids{"anna"});
        CHECK(found({clause(identifier, {system_code("mrn", "7")})}) == Ids{});
    }
    SUBCASE("strings") {
        CHECK(found({clause(name, {text("ang")})}) == Ids{"anna", "berta"});
        CHECK(found({clause(name, {text("angs")})}) == Ids{"anna"});
        CHECK(found({clause(name, {text("ORN")}, Modifier::contains)}) == Ids{"berta"});
        CHECK(found({clause(name, {text("Angel")}, Modifier::exact)}) == Ids{"berta"});
        CHECK(found({clause(name, {text("angel")}, Modifier::exact)}) == Ids{});
        CHECK(found({clause(name, {text("%")})}) == Ids{});
    }
    SUBCASE("dates") {
        const auto asked = [&](Prefix prefix, base::Micros from, base::Micros to) { return found({clause(birthdate, {span(prefix, from, to)})}); };
        CHECK(asked(Prefix::eq, 10 * day, 11 * day) == Ids{"anna"});
        CHECK(asked(Prefix::eq, 10 * day, 11 * day - 1) == Ids{});
        CHECK(asked(Prefix::ne, 10 * day, 11 * day) == Ids{"berta"});
        CHECK(asked(Prefix::gt, 10 * day, 11 * day) == Ids{"berta"});
        CHECK(asked(Prefix::ge, 10 * day, 11 * day) == Ids{"anna", "berta"});
        CHECK(asked(Prefix::lt, 20 * day, 21 * day) == Ids{"anna"});
        CHECK(asked(Prefix::le, 20 * day, 21 * day) == Ids{"anna", "berta"});
        CHECK(asked(Prefix::sa, 10 * day, 11 * day) == Ids{"berta"});
        CHECK(asked(Prefix::eb, 11 * day, 12 * day) == Ids{"anna"});
        CHECK(asked(Prefix::ap, 0, 11 * day) == Ids{"anna"});
    }
    SUBCASE("missing") {
        CHECK(found({missing(birthdate, true)}) == Ids{"carl"});
        CHECK(found({missing(birthdate, false)}) == Ids{"anna", "berta"});
        CHECK(found({missing(code_value, false)}, "Observation") == Ids{"o1"});
        CHECK(found({missing(id_parameter, true)}) == Ids{});
    }
    SUBCASE("references, numbers, quantities, uris") {
        CHECK(found({clause(subject, {refer("Patient", "anna")})}, "Observation") == Ids{"o1"});
        CHECK(found({clause(subject, {refer("", "anna")})}, "Observation") == Ids{"o1", "o2"});
        CHECK(found({clause(probability, {amount(Prefix::eq, 0.5)})}, "Observation") == Ids{"o1"});
        CHECK(found({clause(probability, {amount(Prefix::gt, 0.5)})}, "Observation") == Ids{"o2"});
        CHECK(found({clause(value_quantity, {amount(Prefix::eq, 5)})}, "Observation") == Ids{"o1", "o2"});
        CHECK(found({clause(value_quantity, {amount(Prefix::eq, 5, "u", "mg")})}, "Observation") == Ids{"o1"});
        CHECK(found({clause(url, {code("http://x/1")})}, "Observation") == Ids{"o1"});
        CHECK(found({clause(url, {code("http://x")})}, "Observation") == Ids{});
    }
    SUBCASE("composites hold within one element") {
        CHECK(found({clause(code_value, {both(code("c1"), amount(Prefix::lt, 6))})}, "Observation") == Ids{"o1"});
        CHECK(found({clause(code_value, {both(code("c1"), amount(Prefix::gt, 6))})}, "Observation") == Ids{});
        CHECK(found({clause(code_value, {both(code("c2"), amount(Prefix::gt, 6))})}, "Observation") == Ids{"o1"});
    }
    SUBCASE("ids and times") {
        CHECK(found({clause(id_parameter, {code("carl"), code("anna")})}) == Ids{"anna", "carl"});
        CHECK(found({clause(id_parameter, {code("o1")})}, "") == Ids{"o1"});
        const base::Micros now = engine.clock.now() / 1000 * 1000;
        CHECK(found({clause(time_parameter, {span(Prefix::eq, now, now + 1000)})}).size() == 3);
        CHECK(found({clause(time_parameter, {span(Prefix::lt, now, now + 1000)})}).empty());
    }
    SUBCASE("an update changes what is found") {
        REQUIRE(put(repository, "Patient", "carl", 2, values({string(name, "Dora"), token(gender, "h", "male"), token(gender, "g", "x")})));
        CHECK(found({clause(name, {text("carl")})}) == Ids{});
        CHECK(found({clause(name, {text("dora")})}) == Ids{"carl"});
        CHECK(found({clause(gender, {code("male")}), clause(gender, {code("x")})}) == Ids{"carl"});
        CHECK(found({}) == Ids{"anna", "berta", "carl"});
    }
    SUBCASE("sorting: missing last in both directions, smallest and largest of many") {
        auto asked = query({});
        asked.sort = {{&parameter(birthdate), false}};
        CHECK(all_pages(repository, asked, 1) == Ids{"anna", "berta", "carl"});
        asked.sort = {{&parameter(birthdate), true}};
        CHECK(all_pages(repository, asked, 1) == Ids{"berta", "anna", "carl"});
        asked.sort = {{&parameter(name), true}};
        CHECK(all_pages(repository, asked, 2) == Ids{"berta", "carl", "anna"});
        asked.sort = {{&parameter(gender), false}, {&parameter(id_parameter), true}};
        CHECK(all_pages(repository, asked, 1) == Ids{"berta", "anna", "carl"});
    }
    SUBCASE("totals") {
        auto asked = query({clause(gender, {code("female")})});
        auto page = repository.snapshot()->search(asked, fhir::search::Reach::everything(), {1, "", 0});
        CHECK_FALSE(page->total.has_value());
        CHECK_FALSE(page->next.empty());
        CHECK(repository.snapshot()->search(asked, fhir::search::Reach::everything(), {2, "", 0})->total == 2);  // free: everything is there
        asked.total = fhir::search::Total::accurate;
        page = repository.snapshot()->search(asked, fhir::search::Reach::everything(), {1, "", 0});
        CHECK(page->total == 2);
        CHECK(repository.snapshot()->search(asked, fhir::search::Reach::everything(), {1, page->next, page->as_of})->total == 2);
        asked.total = fhir::search::Total::none;
        asked.summary = fhir::search::Summary::count;
        page = repository.snapshot()->search(asked, fhir::search::Reach::everything(), {50, "", 0});
        CHECK(page->total == 2);
        CHECK(page->entries.empty());
        CHECK(page->next.empty());
        asked.summary = fhir::search::Summary::no;
        CHECK(repository.snapshot()->search(asked, fhir::search::Reach::everything(), {0, "", 0})->total == 2);
    }
    SUBCASE("a cursor that is not ours is a fault") {
        for (const char* wrong : {"x", "1;2", ";", "99999999999999999999", "1;+a,b,c"}) {
            const auto page = repository.snapshot()->search(query({}), fhir::search::Reach::everything(), {1, wrong, 0});
            REQUIRE_FALSE(page);
            CHECK(page.fault().kind == base::Fault::Kind::malformed);
        }
    }
}

inline fhir::search::Clause link(fhir::search::Clause::Kind kind, const std::string& type, std::vector<fhir::search::Clause> parts) {
    fhir::search::Clause made;
    made.kind = kind;
    made.parameter = &parameter(subject);
    made.type = type;
    made.parts = std::move(parts);
    return made;
}

// Observations o1 (anna, final), o2 (berta, final), o3 (anna, preliminary); Basic b refers to o1; Patients anna, berta.
inline void put_linked(Repository& repository) {
    REQUIRE(put(repository, "Patient", "anna", 1, values({string(name, "Anna"), token(gender, "g", "female")})));
    REQUIRE(put(repository, "Patient", "berta", 1, values({string(name, "Berta"), token(gender, "g", "female")})));
    REQUIRE(put(repository, "Observation", "o1", 1, values({reference(subject, "Patient", "anna"), token(identifier, "s", "final")})));
    REQUIRE(put(repository, "Observation", "o2", 1, values({reference(subject, "Patient", "berta"), token(identifier, "s", "final")})));
    REQUIRE(put(repository, "Observation", "o3", 1, values({reference(subject, "Patient", "anna"), token(identifier, "s", "preliminary")})));
    REQUIRE(put(repository, "Basic", "b", 1, values({reference(subject, "Observation", "o1")})));
}

TEST_CASE_TEMPLATE_DEFINE("a repository follows references", E, contract_links) {
    E engine;
    Repository& repository = engine.repository();
    put_linked(repository);
    using Ids = std::vector<std::string>;
    using Kind = fhir::search::Clause::Kind;
    using fhir::search::Reach;
    const auto anna = clause(name, {text("anna")});
    const auto finished = clause(identifier, {code("final")});
    const auto found = [&](std::vector<fhir::search::Clause> clauses, const char* type, const Reach& reach = Reach::everything()) {
        const auto page = repository.snapshot()->search(query(std::move(clauses), type), reach, {});
        REQUIRE_MESSAGE(page, page.fault().text);
        return ids(*page);
    };
    const auto followed = [&](std::vector<Name> from, Step step, const Reach& reach = Reach::everything(), int most = 10) {
        const auto all = repository.snapshot()->follow(from, step, reach, most);
        REQUIRE_MESSAGE(all, all.fault().text);
        Ids ends;
        for (const Version& one : *all) ends.push_back(one.id);
        return ends;
    };
    Reach without_anna;
    without_anna.allow("Observation");
    without_anna.allow("Patient", clause(name, {text("berta")}));

    SUBCASE("chains, _has, and both inside of each other") {
        CHECK(found({link(Kind::forward, "Patient", {anna})}, "Observation") == Ids{"o1", "o3"});
        CHECK(found({link(Kind::forward, "Patient", {anna}), finished}, "Observation") == Ids{"o1"});
        CHECK(found({link(Kind::forward, "Patient", {})}, "Observation") == Ids{"o1", "o2", "o3"});
        CHECK(found({link(Kind::forward, "Group", {})}, "Observation").empty());
        CHECK(found({link(Kind::backward, "Observation", {finished})}, "Patient") == Ids{"anna", "berta"});
        CHECK(found({link(Kind::backward, "Observation", {link(Kind::backward, "Basic", {})})}, "Patient") == Ids{"anna"});
        CHECK(found({link(Kind::forward, "Observation", {link(Kind::forward, "Patient", {anna})})}, "Basic") == Ids{"b"});
        CHECK(found({link(Kind::forward, "Patient", {link(Kind::backward, "Observation", {clause(identifier, {code("preliminary")})})})},
                    "Observation") == Ids{"o1", "o3"});
        fhir::search::Clause none;
        none.kind = Kind::none;
        none.parts = {link(Kind::forward, "Patient", {anna})};
        CHECK(found({none}, "Observation") == Ids{"o2"});
    }
    SUBCASE("what is deleted is not at the other end") {
        REQUIRE(remove(repository, "Patient", "anna"));
        CHECK(found({link(Kind::forward, "Patient", {})}, "Observation") == Ids{"o2"});
        REQUIRE(remove(repository, "Observation", "o2"));
        CHECK(found({link(Kind::backward, "Observation", {})}, "Patient").empty());
    }
    SUBCASE("what is out of reach does not exist, at no hop and in no number") {
        CHECK(found({}, "Patient", without_anna) == Ids{"berta"});
        CHECK(found({}, "Basic", without_anna).empty());
        CHECK(found({link(Kind::forward, "Patient", {})}, "Observation", without_anna) == Ids{"o2"});
        CHECK(found({link(Kind::backward, "Basic", {})}, "Observation", without_anna).empty());
        CHECK(found({}, "", without_anna) == Ids{"berta", "o1", "o2", "o3"});
        auto counted = query({}, "Patient");
        counted.total = fhir::search::Total::accurate;
        CHECK(repository.snapshot()->search(counted, without_anna, {1, ""})->total == 1);
        CHECK(repository.snapshot()->search(counted, without_anna, {1, ""})->next.empty());
        CHECK(repository.snapshot()->search(counted, Reach(), {1, ""})->total == 0);
    }
    SUBCASE("steps forward and backward") {
        const std::vector<const Parameter*> by{&parameter(subject)};
        CHECK(followed({{"Observation", "o1"}, {"Observation", "o2"}, {"Observation", "o3"}}, {"Observation", by, "", false}) == Ids{"anna", "berta"});
        CHECK(followed({{"Observation", "o1"}}, {"Observation", by, "Group", false}).empty());
        CHECK(followed({{"Patient", "anna"}}, {"Observation", by, "Patient", true}) == Ids{"o1", "o3"});
        CHECK(followed({{"Patient", "anna"}}, {"Observation", by, "Patient", true}, Reach::everything(), 1) == Ids{"o1"});
        CHECK(followed({{"Patient", "anna"}, {"Observation", "o1"}}, {"", {}, "", true}) == Ids{"b", "o1", "o3"});
        CHECK(followed({{"Basic", "b"}, {"Observation", "o2"}}, {"", {}, "", false}) == Ids{"o1", "berta"});
        CHECK(followed({{"Observation", "o1"}, {"Observation", "o2"}}, {"Observation", by, "", false}, without_anna) == Ids{"berta"});
        CHECK(followed({{"Patient", "none"}}, {"Observation", by, "", true}).empty());
    }
    SUBCASE("a plan can be told") {
        const auto told = repository.snapshot()->explain(query({link(Kind::forward, "Patient", {anna}), finished}, "Observation"), Reach::everything());
        REQUIRE(told);
        CHECK_FALSE(told->lines.empty());
    }
}

TEST_CASE_TEMPLATE_DEFINE("pages show one moment, forwards and backwards", E, contract_moments) {
    E engine;
    Repository& repository = engine.repository();
    for (int i = 0; i < 40; ++i)
        REQUIRE(put(repository, "Patient", fmt::format("p{:02}", i), i, values({token(gender, "g", i % 2 ? "male" : "female"), date(birthdate, i, i + 1)})));
    auto asked = query({clause(gender, {code("female")})});
    for (const bool sorted : {false, true}) {
        if (sorted) asked.sort = {{&parameter(birthdate), true}};
        const auto whole = repository.snapshot()->search(asked, fhir::search::Reach::everything(), {100, ""});
        REQUIRE(whole->entries.size() >= 6);
        for (const bool backwards : {false, true}) {
            std::vector<std::string> seen;
            Window window{3, "", whole->as_of, backwards};
            for (int turn = 0; turn < 100; ++turn) {
                const auto page = repository.snapshot()->search(asked, fhir::search::Reach::everything(), window);
                REQUIRE_MESSAGE(page, page.fault().text);
                std::vector<std::string> here;
                for (const Version& one : page->entries) here.push_back(one.id + *one.body);
                seen.insert(backwards ? seen.begin() : seen.end(), here.begin(), here.end());
                // Between two pages: one changes its answer, one goes, one comes.
                const auto other = [&](int step) { return fmt::format("p{:02}", (turn * 7 + step + (backwards ? 3 : 0)) % 40); };
                REQUIRE(put(repository, "Patient", other(0), 100 + turn, values({token(gender, "g", turn % 2 ? "female" : "male")})));
                REQUIRE(remove(repository, "Patient", other(5)));
                REQUIRE(put(repository, "Patient", fmt::format("n{}{}{}", turn, sorted, backwards), 1, values({token(gender, "g", "female"), date(birthdate, 7, 8)})));
                window.after = backwards ? page->previous : page->next;
                if (window.after.empty()) break;
            }
            std::vector<std::string> expected;
            for (const Version& one : whole->entries) expected.push_back(one.id + *one.body);
            CHECK(seen == expected);
        }
    }
}

TEST_CASE_TEMPLATE_DEFINE("a ledger, a journal and records go with it", E, contract_durable) {
    E engine;
    using durable::State;

    SUBCASE("the ledger tells every change in order and wakes who waits") {
        Repository& repository = engine.repository();
        REQUIRE(put(repository, "Patient", "a", 1));
        REQUIRE(put(repository, "Patient", "a", 2));
        REQUIRE(remove(repository, "Patient", "a"));
        const auto entries = engine.ledger().read(0, 10);
        REQUIRE(entries);
        REQUIRE(entries->size() == 3);
        CHECK((*entries)[0].change == Change::created);
        CHECK((*entries)[1].version == 2);
        CHECK((*entries)[2].change == Change::deleted);
        CHECK((*entries)[2].id == "a");
        CHECK(engine.ledger().read(2, 10)->size() == 1);
        CHECK(engine.ledger().read(0, 2)->size() == 2);
        CHECK(*verify(engine.ledger()) == 3);
        CHECK(engine.ledger().wait(1, std::chrono::milliseconds(0)) == 3);
        CHECK(engine.ledger().wait(3, std::chrono::milliseconds(0)) == 3);
        std::thread later([&] { CHECK(put(repository, "Patient", "b", 1)); });
        CHECK(engine.ledger().wait(3, std::chrono::minutes(1)) == 4);
        later.join();
    }
    SUBCASE("a message that comes again finds its answer; the same id with other bytes is another") {
        auto& journal = engine.journal();
        const auto first = journal.record("lab", "77", "MSH|one", 1000);
        REQUIRE(first);
        CHECK(first->state == State::received);
        CHECK_FALSE(first->repeated);
        CHECK(journal.record("lab", "77", "MSH|one", 2000)->repeated);
        CHECK(journal.record("lab", "77", "MSH|one", 2000)->state == State::received);
        REQUIRE(journal.settle(first->number, {.answer = std::string("AA\0\xff", 4)}));
        const auto again = journal.record("lab", "77", "MSH|one", 3000);
        CHECK(again->repeated);
        CHECK(again->number == first->number);
        CHECK(again->received == 1000);
        CHECK(again->state == State::answered);
        CHECK(again->answer == std::string("AA\0\xff", 4));
        const auto other = journal.record("lab", "77", "MSH|two", 4000);
        CHECK_FALSE(other->repeated);
        CHECK(other->reused_control_id);
        CHECK(other->number > first->number);
        const auto elsewhere = journal.record("ward", "77", "MSH|one", 4000);
        CHECK_FALSE(elsewhere->repeated);
        CHECK_FALSE(elsewhere->reused_control_id);
        CHECK((*journal.read(first->number))->bytes == "MSH|one");
        CHECK_FALSE(journal.read(99)->has_value());
    }
    SUBCASE("an entry tells what became of it, why, and where") {
        auto& journal = engine.journal();
        const auto entry = journal.record("lab", "1", "MSH|one", 1000);
        REQUIRE(entry);
        REQUIRE(journal.settle(entry->number, {.state = State::failed, .answer = "AE", .reason = {"no such code", "invalid", "code-invalid", "PID-8"},
                                               .account = {12, 9, 1, 2, "{}"}, .time = 2000}));
        const auto failed = *journal.read(entry->number);
        REQUIRE(failed);
        CHECK(failed->state == State::failed);
        CHECK(failed->settled == 2000);
        CHECK(failed->reason.text == "no such code");
        CHECK(failed->reason.kind == "invalid");
        CHECK(failed->reason.type == "code-invalid");
        CHECK(failed->reason.where == "PID-8");
        CHECK(failed->account.atoms == 12);
        CHECK(failed->account.kept == 9);
        CHECK(failed->account.dropped == 1);
        CHECK(failed->account.residue == 2);
        CHECK(failed->account.remarks == "{}");
        CHECK(failed->wrote_after == failed->wrote_until);

        REQUIRE(put(engine.repository(), "Patient", "before", 1));
        const std::int64_t before = engine.repository().snapshot()->position();
        const Work replay = [&](Transaction& transaction) -> base::Result<void> {
            TRY(put(transaction, "Patient", "a", 1));
            TRY(put(transaction, "Patient", "b", 1));
            return transaction.settle(entry->number, {.from = State::failed, .answer = "AA", .by = "ann", .time = 3000});
        };
        REQUIRE(engine.repository().write(replay));
        const auto answered = *journal.read(entry->number);
        REQUIRE(answered);
        CHECK(answered->state == State::answered);
        CHECK(answered->answer == "AA");
        CHECK(answered->by == "ann");
        CHECK(answered->reason.text.empty());
        CHECK(answered->wrote_after == before);
        CHECK(answered->wrote_until == before + 2);
        // Once more, and nothing is new: what it once wrote stays noted, and so does the answer.
        REQUIRE(journal.settle(entry->number, {.from = State::answered, .time = 4000}));
        CHECK((*journal.read(entry->number))->wrote_until == before + 2);
        CHECK((*journal.read(entry->number))->answer == "AA");
        CHECK((*journal.read(entry->number))->by == "ann");
    }
    SUBCASE("a message comes into the journal with the commit that stores what it says, or not at all") {
        auto& journal = engine.journal();
        const durable::Arrival message{"lab", "1", "MSH|one", 1000};
        CHECK_FALSE(*journal.find("lab", "1", "MSH|one"));
        const Work enters = [&](Transaction& transaction) -> base::Result<void> {
            TRY(put(transaction, "Patient", "a", 1));
            return transaction.enter(message, {.answer = "AA", .account = {7, 5, 1, 1, "{}"}, .time = 2000});
        };
        const Work fails = [&](Transaction& transaction) -> base::Result<void> {
            TRY(enters(transaction));
            return base::Fault{base::Fault::Kind::stale, "no"};
        };
        CHECK_FALSE(engine.repository().write(fails));
        CHECK_FALSE(*journal.find("lab", "1", "MSH|one"));
        REQUIRE(engine.repository().write(enters));
        const auto found = *journal.find("lab", "1", "MSH|one");
        REQUIRE(found);
        CHECK(found->bytes == "MSH|one");
        const auto entry = *journal.read(found->number);
        REQUIRE(entry);
        CHECK(entry->state == State::answered);
        CHECK(entry->answer == "AA");
        CHECK(entry->bytes == "MSH|one");
        CHECK(entry->received == 1000);
        CHECK(entry->settled == 2000);
        CHECK(entry->account.atoms == 7);
        CHECK(entry->account.remarks == "{}");
        CHECK(entry->wrote_until == entry->wrote_after + 1);
        CHECK_FALSE(entry->reused_control_id);
        CHECK(journal.record("lab", "1", "MSH|one", 3000)->repeated);
        const auto again = engine.repository().write(enters);
        REQUIRE_FALSE(again);
        CHECK(again.fault().kind == base::Fault::Kind::conflict);
        REQUIRE(engine.repository().write([&](Transaction& transaction) { return transaction.enter({"lab", "1", "MSH|two", 4000}, {.answer = "AA"}); }));
        const auto reused = *journal.find("lab", "1", "MSH|two");
        REQUIRE(reused);
        CHECK(reused->reused_control_id);
        CHECK(reused->wrote_until == reused->wrote_after);
    }
    SUBCASE("of two that settle the same entry the second one changes nothing") {
        auto& journal = engine.journal();
        const auto entry = journal.record("lab", "1", "MSH|one", 1000);
        REQUIRE(entry);
        REQUIRE(journal.settle(entry->number, {.answer = "AA 1"}));
        const auto second = journal.settle(entry->number, {.answer = "AA 2"});
        REQUIRE_FALSE(second);
        CHECK(second.fault().kind == base::Fault::Kind::conflict);
        CHECK((*journal.read(entry->number))->answer == "AA 1");
        const auto inside = engine.repository().write([&](Transaction& transaction) -> base::Result<void> {
            TRY(put(transaction, "Patient", "a", 1));
            return transaction.settle(entry->number, {.answer = "AA 3"});
        });
        REQUIRE_FALSE(inside);
        CHECK(inside.fault().kind == base::Fault::Kind::conflict);
        CHECK_FALSE(*engine.repository().read("Patient", "a"));
        CHECK(journal.settle(99, {}).fault().kind == base::Fault::Kind::missing);
    }
    SUBCASE("a corrected copy comes with the end of what it corrects, and once only") {
        auto& journal = engine.journal();
        const auto original = journal.record("lab", "1", "MSH|one", 1000);
        const auto other = journal.record("lab", "1", "MSH|other", 1000);
        REQUIRE(original);
        REQUIRE(other);
        REQUIRE(journal.settle(original->number, {.state = State::failed, .answer = "AE"}));
        const durable::Settlement corrected{.state = State::replayed, .from = State::failed, .by = "ann", .time = 5000};
        CHECK(journal.amend(original->number, corrected, "1", "MSH|one").fault().kind == base::Fault::Kind::invalid);
        CHECK(journal.amend(original->number, corrected, "1", "MSH|other").fault().kind == base::Fault::Kind::conflict);
        CHECK(journal.amend(99, corrected, "1", "MSH|two").fault().kind == base::Fault::Kind::missing);
        CHECK((*journal.read(original->number))->state == State::failed);
        const auto copy = journal.amend(original->number, corrected, "1", "MSH|two");
        REQUIRE(copy);
        CHECK_FALSE(copy->repeated);
        CHECK(copy->origin == original->number);
        CHECK(copy->channel == "lab");
        CHECK(copy->by == "ann");
        CHECK(copy->received == 5000);
        CHECK((*journal.read(original->number))->state == State::replayed);
        CHECK((*journal.read(original->number))->answer == "AE");
        const auto again = journal.amend(original->number, corrected, "1", "MSH|two");
        REQUIRE(again);
        CHECK(again->repeated);
        CHECK(again->number == copy->number);
        CHECK(journal.amend(original->number, corrected, "1", "MSH|three").fault().kind == base::Fault::Kind::conflict);
        CHECK((*journal.read(copy->number))->origin == original->number);
        CHECK(journal.record("lab", "1", "MSH|two", 9000)->repeated);
    }
    SUBCASE("entries are listed by what is asked, and paged by number") {
        auto& journal = engine.journal();
        constexpr base::Micros minute = 60'000'000;
        for (int i = 1; i <= 10; ++i) {
            const auto entry = journal.record(i % 2 == 0 ? "lab" : "ward", std::to_string(i), "MSH|" + std::to_string(i), i * 2 * minute);
            REQUIRE(entry);
            if (i > 2 && i <= 5) REQUIRE(journal.settle(entry->number, {.state = State::failed, .answer = "AE"}));
            if (i > 5) REQUIRE(journal.settle(entry->number, {.answer = "AA"}));
        }
        const auto numbers = [&](const durable::Wanted& wanted) {
            const auto entries = journal.list(wanted);
            std::string text;
            if (entries)
                for (const durable::Entry& entry : *entries) text += std::to_string(entry.number) + (entry.bytes.empty() ? " " : "!");
            return text;
        };
        CHECK(numbers({}) == "1 2 3 4 5 6 7 8 9 10 ");
        CHECK(numbers({.after = 4, .count = 3}) == "5 6 7 ");
        CHECK(numbers({.newest_first = true, .count = 3}) == "10 9 8 ");
        CHECK(numbers({.newest_first = true, .after = 8, .count = 2}) == "7 6 ");
        CHECK(numbers({.state = State::failed}) == "3 4 5 ");
        CHECK(numbers({.state = State::received}) == "1 2 ");
        CHECK(numbers({.state = State::answered, .channel = "lab"}) == "6 8 10 ");
        CHECK(numbers({.state = State::failed, .channel = "ward", .after = 3}) == "5 ");
        CHECK(numbers({.channel = "ward", .newest_first = true, .count = 2}) == "9 7 ");
        CHECK(numbers({.control_id = "4"}) == "4 ");
        CHECK(numbers({.since = 7 * 2 * minute}) == "7 8 9 10 ");
        CHECK(numbers({.since = 4 * 2 * minute, .until = 6 * 2 * minute}) == "4 5 ");
        CHECK(numbers({.channel = "nobody"}).empty());
    }
    SUBCASE("counts by channel and state are right whenever they are asked") {
        auto& journal = engine.journal();
        CHECK(journal.counts()->all.received == 0);
        CHECK(journal.counts()->oldest == 0);
        std::vector<std::int64_t> entries;
        for (int i = 0; i < 6; ++i) {
            const auto entry = journal.record(i < 4 ? "lab" : "ward", std::to_string(i), "MSH|" + std::to_string(i), 1000 + i);
            REQUIRE(entry);
            entries.push_back(entry->number);
            CHECK(journal.counts()->all.received == i + 1);
        }
        REQUIRE(journal.settle(entries[0], {}));
        REQUIRE(journal.settle(entries[1], {.state = State::failed}));
        REQUIRE(journal.settle(entries[4], {.state = State::failed}));
        REQUIRE(journal.settle(entries[4], {.state = State::discarded, .from = State::failed}));
        const auto tally = journal.counts();
        REQUIRE(tally);
        CHECK(tally->all.received == 3);
        CHECK(tally->all.answered == 1);
        CHECK(tally->all.failed == 1);
        CHECK(tally->all.discarded == 1);
        CHECK(tally->channels.at("lab").answered == 1);
        CHECK(tally->channels.at("lab").received == 2);
        CHECK(tally->channels.at("ward").discarded == 1);
        CHECK(tally->channels.at("ward").failed == 0);
        CHECK(tally->oldest == 1002);
        REQUIRE(journal.settle(entries[1], {.from = State::failed}));
        CHECK(journal.counts()->channels.at("lab").answered == 2);
        CHECK(journal.counts()->all.failed == 0);
    }
    SUBCASE("old bytes are swept from what is finished, never from what waits; repeats stay known") {
        auto& journal = engine.journal();
        std::vector<std::int64_t> entries;
        for (int i = 0; i < 8; ++i) {
            const auto entry = journal.record("lab", std::to_string(i), "MSH|" + std::to_string(i), 1000 + i);
            REQUIRE(entry);
            entries.push_back(entry->number);
        }
        REQUIRE(journal.settle(entries[0], {.answer = "AA", .time = 1500}));
        REQUIRE(journal.settle(entries[1], {.state = State::failed, .answer = "AE", .time = 1500}));
        REQUIRE(journal.settle(entries[2], {.state = State::discarded, .answer = "AE", .time = 1500}));
        REQUIRE(journal.settle(entries[3], {.answer = "AA", .time = 9000}));
        REQUIRE(journal.settle(entries[5], {.answer = "AA", .time = 1500}));
        const auto sweep = [&](base::Micros before) {
            std::int64_t taken = 0;
            for (int i = 0; i < 100; ++i) {
                const auto swept = journal.sweep(before, 2);
                if (!swept) return std::int64_t{-1};
                taken += swept->taken;
                if (!swept->more) break;
            }
            return taken;
        };
        const auto kept = [&](std::size_t i) {
            const auto entry = *journal.read(entries[i]);
            return entry->kept && entry->bytes == "MSH|" + std::to_string(i);
        };
        CHECK(sweep(1000) == 0);
        CHECK(sweep(5000) == 3);
        CHECK_FALSE(kept(0));
        CHECK(kept(1));
        CHECK_FALSE(kept(2));
        CHECK(kept(3));
        CHECK(kept(4));
        CHECK_FALSE(kept(5));
        CHECK(sweep(5000) == 0);
        CHECK((*journal.read(entries[0]))->bytes.empty());
        CHECK(journal.record("lab", "0", "MSH|0", 1)->answer == "AA");
        CHECK(journal.record("lab", "0", "MSH|0", 1)->number == entries[0]);
        // What was not finished when the sweep came by is not forgotten.
        REQUIRE(journal.settle(entries[1], {.from = State::failed, .answer = "AA", .time = 6000}));
        REQUIRE(journal.settle(entries[4], {.answer = "AA", .time = 6000}));
        CHECK(sweep(6000) == 0);
        CHECK(sweep(7000) == 2);
        CHECK(sweep(10'000) == 1);
        CHECK(kept(6));
        CHECK(kept(7));
    }
    SUBCASE("records live until their time is over") {
        auto& records = engine.records();
        REQUIRE(records.put("key", std::string("\0value", 6), 0));
        REQUIRE(records.put("short", "1", 100));
        REQUIRE(records.put("short", "2", 200));
        CHECK(*records.get("key", 1'000'000) == std::string("\0value", 6));
        CHECK(*records.get("short", 199) == "2");
        CHECK_FALSE(records.get("short", 200)->has_value());
        CHECK(*records.sweep(199) == 0);
        CHECK(*records.sweep(200) == 1);
        REQUIRE(records.remove("key"));
        CHECK_FALSE(records.get("key", 0)->has_value());
    }
}

}  // namespace store::contract
