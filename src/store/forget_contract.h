// SPDX-License-Identifier: Apache-2.0
#pragma once

// What every engine must do when versions are taken away for good: repository_contract.h, continued. Only tests include this.

#include "store/repository_contract.h"

namespace store::contract {

inline base::Result<std::int64_t> forget(Repository& repository, const std::string& type, const std::string& id,
                                         const std::vector<std::int64_t>& versions) {
    std::int64_t gone = 0;
    TRY(repository.write([&](Transaction& transaction) -> base::Result<void> {
        TRY(gone, transaction.forget(type, id, versions));
        return {};
    }));
    return gone;
}

TEST_CASE_TEMPLATE_DEFINE("a repository forgets versions", E, contract_forget) {
    E engine;
    Repository& repository = engine.repository();
    for (int i = 1; i <= 4; ++i) {
        engine.clock.advance(1'000'000);
        REQUIRE(put(repository, "Patient", "p", i, values({token(gender, "", i % 2 ? "male" : "female")})));
    }
    REQUIRE(put(repository, "Patient", "q", 1));
    const auto hashes = [&] {
        std::vector<base::Digest> all;
        const auto entries = engine.ledger().read(0, 100);
        REQUIRE(entries);
        for (const LedgerEntry& entry : *entries) all.push_back(entry.hash);
        return all;
    };
    const auto versions = [&](const HistoryScope& scope, int count = 50) {
        std::vector<Position> found;
        Window window{count, "", 0};
        const auto snapshot = repository.snapshot();
        while (true) {
            const auto page = snapshot->history(scope, window);
            REQUIRE_MESSAGE(page, page.fault().text);
            for (const Version& version : page->entries) found.push_back(version.position);
            if (page->next.empty()) return found;
            window.after = page->next;
        }
    };
    using P = std::vector<Position>;
    const auto before = hashes();

    SUBCASE("they are gone from reading and from history; the ledger is as it was") {
        CHECK(*forget(repository, "Patient", "p", {2, 3}) == 2);
        const auto snapshot = repository.snapshot();
        CHECK_FALSE(snapshot->vread("Patient", "p", 2)->has_value());
        CHECK_FALSE(snapshot->vread("Patient", "p", 3)->has_value());
        CHECK((*snapshot->vread("Patient", "p", 1))->version == 1);
        CHECK((*snapshot->read("Patient", "p"))->version == 4);
        for (const int count : {1, 2, 50}) {
            CHECK(versions({"Patient", "p"}, count) == P{4, 1});
            CHECK(versions({"Patient", ""}, count) == P{5, 4, 1});
            CHECK(versions({}, count) == P{5, 4, 1});
        }
        CHECK(snapshot->history({"Patient", "p"}, Window{0, "", 0})->total == 2);
        CHECK(snapshot->history({}, Window{0, "", 0})->total == 3);
        CHECK(hashes() == before);
        CHECK(*verify(engine.ledger()) == 5);
        CHECK(all_pages(repository, query({clause(gender, {code("female")})}), 10) == std::vector<std::string>{"p"});
    }
    SUBCASE("numbers go on; forgetting twice and what is not there changes nothing") {
        CHECK(*forget(repository, "Patient", "p", {1, 2, 3}) == 3);
        CHECK(*forget(repository, "Patient", "p", {1, 2, 3, 9, 0, -1}) == 0);
        CHECK(*forget(repository, "Patient", "never", {1}) == 0);
        CHECK(*forget(repository, "Basic", "never", {1}) == 0);
        CHECK(put(repository, "Patient", "p", 9)->version.version == 5);
        CHECK(versions({"Patient", "p"}) == P{6, 4});
    }
    SUBCASE("the current version stays, and then nothing is forgotten") {
        const auto refused = forget(repository, "Patient", "p", {1, 4});
        REQUIRE_FALSE(refused);
        CHECK(refused.fault().kind == base::Fault::Kind::conflict);
        CHECK((*repository.snapshot()->vread("Patient", "p", 1))->version == 1);
        CHECK(versions({"Patient", "p"}) == P{4, 3, 2, 1});
    }
    SUBCASE("what was deleted can be forgotten but for the mark that it was") {
        REQUIRE(repository.write([&](Transaction& transaction) -> base::Result<void> {
            TRY(transaction.remove("Patient", "p"));
            TRY(const auto gone, transaction.forget("Patient", "p", {1, 2, 3, 4}));
            CHECK(gone == 4);
            return {};
        }));
        CHECK((*repository.snapshot()->read("Patient", "p"))->deleted());
        CHECK(versions({"Patient", "p"}) == P{6});
        CHECK(*verify(engine.ledger()) == 6);
        CHECK(put(repository, "Patient", "p", 1)->version.version == 6);
        CHECK(*forget(repository, "Patient", "p", {5}) == 1);
        CHECK(versions({"Patient", "p"}) == P{7});
    }
    SUBCASE("a page of an earlier moment passes over what is forgotten") {
        for (const std::int64_t version : {2, 1}) {
            CHECK(*forget(repository, "Patient", "p", {version}) == 1);
            const auto page = repository.snapshot()->search(query({}), fhir::search::Reach::everything(), Window{10, "", 2});
            REQUIRE_MESSAGE(page, page.fault().text);
            CHECK(ids(*page).empty());
        }
    }
}

}  // namespace store::contract
