// SPDX-License-Identifier: Apache-2.0
#include "store/relational/engine.h"

#include "store/relational/database_fixture.h"
#include "store/sql/sqlite.h"
#include "store/forget_contract.h"
#include "store/outbox_contract.h"
#include "store/repository_contract.h"

#include <fstream>
#include <iterator>

namespace {

struct InSqlite {
    store::relational::Folder folder;
    base::FixedClock clock{1'700'000'000'123'456};
    std::unique_ptr<store::Relational> engine = store::relational::open_in(folder, clock);
    store::Repository& repository() { return *engine; }
    store::durable::Journal& journal() { return engine->journal(); }
    store::durable::Records& records() { return engine->records(); }
    store::durable::Outbox& outbox() { return engine->outbox(); }
    store::Ledger& ledger() { return engine->ledger(); }
};

}  // namespace

namespace store::contract {

TEST_SUITE("store/relational/engine") {
    TEST_CASE_TEMPLATE_INVOKE(contract_versions, InSqlite);
    TEST_CASE_TEMPLATE_INVOKE(contract_history, InSqlite);
    TEST_CASE_TEMPLATE_INVOKE(contract_work, InSqlite);
    TEST_CASE_TEMPLATE_INVOKE(contract_threads, InSqlite);
    TEST_CASE_TEMPLATE_INVOKE(contract_search, InSqlite);
    TEST_CASE_TEMPLATE_INVOKE(contract_links, InSqlite);
    TEST_CASE_TEMPLATE_INVOKE(contract_moments, InSqlite);
    TEST_CASE_TEMPLATE_INVOKE(contract_durable, InSqlite);
    TEST_CASE_TEMPLATE_INVOKE(contract_forget, InSqlite);
    TEST_CASE_TEMPLATE_INVOKE(contract_outbox, InSqlite);

    TEST_CASE("what was written is there after opening again") {
        InSqlite one;
        REQUIRE(store::contract::put(*one.engine, "Patient", "p", 1, {store::contract::token(store::contract::gender, "g", "male")}));
        one.engine.reset();
        one.engine = store::relational::open_in(one.folder, one.clock);
        CHECK((*one.engine->snapshot()->read("Patient", "p"))->version == 1);
        REQUIRE(store::contract::put(*one.engine, "Patient", "p", 2));
        CHECK(one.engine->snapshot()->position() == 2);
        CHECK(one.engine->check());
    }

    TEST_CASE("O-05: what is not as the ledger has it is not shown, wherever it is asked for") {
        InSqlite one;
        for (const char* id : {"p", "q"}) REQUIRE(store::contract::put(*one.engine, "Patient", id, 1, {store::contract::token(store::contract::gender, "g", "male")}));
        REQUIRE(store::contract::put(*one.engine, "Patient", "p", 2, {store::contract::token(store::contract::gender, "g", "male")}));
        one.engine.reset();
        const auto damage = [&](const char* statement) {
            auto raw = store::sql::Connection::open(one.folder.file(), store::sql::Mode::write);
            REQUIRE(raw);
            REQUIRE((*raw)->execute(statement));
        };
        const auto damaged = [](const auto& answer) { return !answer && answer.fault().kind == base::Fault::Kind::bug; };
        damage("update history set body = cast(body || ' ' as blob)");
        one.engine = store::relational::open_in(one.folder, one.clock);
        CHECK(damaged(one.engine->snapshot()->vread("Patient", "p", 1)));
        CHECK(damaged(one.engine->snapshot()->history({"Patient", "p"}, {})));
        CHECK(one.engine->read("Patient", "p"));
        one.engine.reset();
        damage("update resource set body = cast(body || ' ' as blob) where id = 'p'");
        one.engine = store::relational::open_in(one.folder, one.clock);
        CHECK(damaged(one.engine->read("Patient", "p")));
        CHECK(damaged(one.engine->snapshot()->read("Patient", "p")));
        CHECK(damaged(store::contract::put(*one.engine, "Patient", "p", 3)));
        CHECK(one.engine->read("Patient", "q"));
        one.engine.reset();
        damage("update resource set version = 7 where id = 'q'");
        one.engine = store::relational::open_in(one.folder, one.clock);
        CHECK(damaged(one.engine->read("Patient", "q")));
    }

    TEST_CASE("O-06: a log that has gone since the process died is told; closed, there is none") {
        InSqlite one;
        REQUIRE(store::contract::put(*one.engine, "Patient", "p", 1));
        const store::relational::Folder other;
        for (const char* file : {"", ".lock"}) std::filesystem::copy_file(one.folder.file() + file, other.file() + file);
        auto left = store::relational::open_in(other, one.clock);
        CHECK(left->log_lost());
        CHECK_FALSE(left->snapshot()->read("Patient", "p")->has_value());
        left.reset();
        CHECK_FALSE(std::filesystem::exists(other.file() + "-wal"));
        CHECK_FALSE(store::relational::open_in(other, one.clock)->log_lost());
        CHECK_FALSE(one.engine->log_lost());
    }

    TEST_CASE("O-06: another database in the place of the one that was there is refused") {
        InSqlite one, two;
        REQUIRE(store::contract::put(*one.engine, "Patient", "p", 1));
        REQUIRE(store::contract::put(*two.engine, "Patient", "q", 1));
        for (InSqlite* each : {&one, &two}) {
            each->engine.reset();
            each->engine = store::relational::open_in(each->folder, each->clock);
            each->engine.reset();
        }
        std::filesystem::copy_file(two.folder.file(), one.folder.file(), std::filesystem::copy_options::overwrite_existing);
        store::RelationalOptions options;
        options.path = one.folder.file();
        CHECK_FALSE(store::Relational::open(options, one.clock));
        std::filesystem::remove(one.folder.file() + ".lock");
        CHECK(store::Relational::open(options, one.clock));
    }

    TEST_CASE("O-06: a ledger whose end does not follow from what is before it is refused") {
        InSqlite one;
        for (int i = 0; i < 5; ++i) REQUIRE(store::contract::put(*one.engine, "Patient", "p", i));
        one.engine.reset();
        {
            auto connection = *store::sql::Connection::open(one.folder.file(), store::sql::Mode::write);
            REQUIRE(connection->execute("update ledger set time = time + 1 where position = 5"));
        }
        store::RelationalOptions options;
        options.path = one.folder.file();
        const auto opened = store::Relational::open(options, one.clock);
        REQUIRE_FALSE(opened);
        CHECK(opened.fault().kind == base::Fault::Kind::conflict);
    }

    TEST_CASE("what was forgotten is not in the file any more, also not where nothing stands now") {
        InSqlite one;
        const auto secret = [&](int number) {
            std::string text = "Secret" + std::to_string(number) + "-";
            while (text.size() < 30'000) text += text;  // more than a page
            return text;
        };
        const auto write = [&](const std::string& text) {
            const fhir::Names names;
            const auto document = fhir::codec::read_json(R"({"resourceType":"Patient","language":")" + text + "\"}", names);
            REQUIRE(document);
            const fhir::codec::Stampable body(document->root(), "p");
            const std::vector<fhir::search::IndexValue> index{store::contract::string(store::contract::name, text.substr(0, 40))};
            REQUIRE(one.engine->write([&](store::Transaction& transaction) -> base::Result<void> {
                TRY(transaction.put({"Patient", "p", &body, &index}));
                return {};
            }));
        };
        for (int i = 1; i <= 3; ++i) write(secret(i));
        REQUIRE(one.engine->write([&](store::Transaction& transaction) -> base::Result<void> {
            TRY(transaction.remove("Patient", "p"));
            TRY(transaction.forget("Patient", "p", {1, 2, 3}));
            return {};
        }));
        one.engine.reset();  // the log is written back
        std::ifstream file(one.folder.file(), std::ios::binary);
        const std::string bytes{std::istreambuf_iterator<char>(file), {}};
        REQUIRE(bytes.size() > 8192);
        CHECK(bytes.find("Secret") == std::string::npos);
        CHECK(bytes.find("secret") == std::string::npos);
    }

    TEST_CASE("O-07: a second one on the same database is refused") {
        InSqlite one;
        store::RelationalOptions options;
        options.path = one.folder.file();
        const auto second = store::Relational::open(options, one.clock);
        REQUIRE_FALSE(second);
        CHECK(second.fault().kind == base::Fault::Kind::conflict);
    }

    TEST_CASE("a search that takes too long is refused with advice") {
        store::relational::Folder folder;
        base::FixedClock clock{1'700'000'000'000'000};
        store::RelationalOptions options;
        options.path = folder.file();
        options.parameters = store::contract::urls();
        options.statement_limit = std::chrono::milliseconds(1);
        auto engine = store::Relational::open(options, clock);
        REQUIRE(engine);
        REQUIRE((*engine)->write([](store::Transaction& transaction) -> base::Result<void> {
            for (int i = 0; i < 4000; ++i) {
                std::vector<fhir::search::IndexValue> index;
                for (int n = 0; n < 8; ++n)
                    index.push_back(store::contract::string(store::contract::name, "aaaaaaaaaaaaaaaaaaaaaaaaaaaa" + std::to_string(n)));
                TRY(store::contract::put(transaction, "Patient", "p" + std::to_string(i), 1, index));
            }
            return {};
        }));
        using fhir::search::Modifier;
        const auto ask = store::contract::clause(store::contract::name, {store::contract::text("aaab"), store::contract::text("aaac")},
                                                 Modifier::contains);
        const auto page = (*engine)->snapshot()->search(store::contract::query({ask, ask, ask, ask}), fhir::search::Reach::everything(), {});
        REQUIRE_FALSE(page);
        CHECK(page.fault().kind == base::Fault::Kind::too_costly);
        CHECK((*engine)->snapshot()->read("Patient", "p1"));
    }

    TEST_CASE("more alternatives than a statement should have are refused before it is made") {
        InSqlite one;
        REQUIRE(store::contract::put(*one.engine, "RiskAssessment", "r", 1));
        std::vector<fhir::search::Value> values;
        for (int i = 0; i < 300; ++i) values.push_back(store::contract::amount(fhir::search::Prefix::gt, i));
        const auto ask = store::contract::clause(store::contract::probability, values);
        const auto search = [&](std::size_t clauses) {
            return one.engine->snapshot()->search(
                store::contract::query(std::vector<fhir::search::Clause>(clauses, ask), "RiskAssessment"), fhir::search::Reach::everything(), {});
        };
        CHECK(search(3));
        const auto refused = search(4);
        REQUIRE_FALSE(refused);
        CHECK(refused.fault().kind == base::Fault::Kind::too_costly);
    }
}

}  // namespace store::contract
