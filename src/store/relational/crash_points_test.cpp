// SPDX-License-Identifier: Apache-2.0
// Stops the disk at the first, second, third... change that a scenario makes, until the scenario is done untouched; each time it opens the
// database again and compares everything in it with what was acknowledged. Rows O-01 to O-04 and O-14 of the list of bad inputs.
//
// By default every 97th point. ANDIRON_CRASH_STRIDE=1 takes all of them, ANDIRON_CRASH_SEED says with which it begins and what is left of writes
// that were not synced, ANDIRON_CRASH_SECONDS=n goes on for so long with ever new seeds. What fails says seed, scenario, kind and number
// of the change.
#include "store/relational/database_fixture.h"
#include "store/relational/migrate.h"
#include "store/sql/faulty_disk_fixture.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace store::contract {
namespace {

using sql::FaultyDisk;
using Event = FaultyDisk::Event;
using Left = FaultyDisk::Left;

struct Stage {
    relational::Folder folder;
    base::FixedClock clock{1'700'000'000'000'000};
    std::unique_ptr<Relational> engine;

    base::Result<void> open() {
        engine.reset();
        RelationalOptions options;
        options.path = folder.file();
        options.parameters = urls();
        options.values = kept_index;
        TRY(engine, Relational::open(options, clock));
        return {};
    }
};

// Each step is one promise: when it succeeds its effect is on disk, whole, otherwise there is nothing of it or all of it.
using Step = std::function<base::Result<void>(Stage&)>;

struct Scenario {
    const char* name;
    std::function<void(Stage&)> prepare;  // leaves the engine closed
    std::vector<Step> steps;
    bool begins_anew = false;   // opening changes something: afterwards all is done once more, and only the end is compared
    bool writes_alone = false;  // every step is a write of the engine
};

template <class T>
base::Result<void> told(base::Result<T>&& result) {
    if (!result) return std::move(result).fault();
    return {};
}

Step puts(const char* type, const char* id, int body, std::vector<IndexValue> index) {
    return [=](Stage& stage) { return told(put(*stage.engine, type, id, body, index)); };
}
Step removes(const char* type, const char* id) {
    return [=](Stage& stage) { return told(remove(*stage.engine, type, id)); };
}
Step checkpoints(sql::Checkpoint how) {
    return [=](Stage& stage) -> base::Result<void> {
        TRY(auto other, sql::Connection::open(stage.folder.file(), sql::Mode::write));
        TRY(other->execute("pragma synchronous = full"));
        return told(other->checkpoint(how));
    };
}
base::Result<void> reopens(Stage& stage) { return stage.open(); }

void prepare_some(Stage& stage) {
    REQUIRE(stage.open());
    REQUIRE(put(*stage.engine, "Patient", "first", 1, {token(identifier, "mrn", "1"), words("alpha beta")}));
    REQUIRE(put(*stage.engine, "Patient", "other", 1, {token(identifier, "mrn", "2"), words("beta gamma")}));
    stage.engine.reset();
}

Step works(std::function<base::Result<void>(Transaction&)> work) {
    return [work = std::move(work)](Stage& stage) { return stage.engine->write(work); };
}

Scenario resources() {
    const auto bundle = [](Transaction& transaction) -> base::Result<void> {
        for (int i = 0; i < 12; ++i) {
            const std::string id = fmt::format("b{}", i);
            TRY(put(transaction, "Observation", id, i, {token(identifier, "obs", id), reference(subject, "Patient", "first"), number(probability, i), words("bundle " + id)}));
        }
        TRY(put(transaction, "Patient", "first", 77, {token(identifier, "mrn", "1"), words("alpha epsilon")}));
        TRY(transaction.remove("Patient", "other"));
        return {};
    };
    return {"resources", prepare_some,
            {puts("Patient", "made", 1, {token(identifier, "mrn", "3"), string(name, "Ng"), date(birthdate, 1, 2), words("delta")}),
             puts("Patient", "made", 2, {token(identifier, "mrn", "4"), string(name, "Lind"), uri(url, "urn:x"), words("delta epsilon")}),
             works(bundle), removes("Patient", "made"), puts("Patient", "made", 3, {token(identifier, "mrn", "3")}),
             works([](Transaction& transaction) { return told(transaction.forget("Patient", "made", {1, 2})); }),
             puts("Patient", "made", 4, {position(47.0, 8.5), quantity(value_quantity, "http://unitsofmeasure.org", "g/dL", 13.2)})}, false, true};
}

Scenario messages() {
    const auto records = [](const char* id) {
        return [id](Stage& stage) { return told(stage.engine->journal().record("lab", id, std::string("MSH|") + id, 5)); };
    };
    const auto commits = [](std::int64_t entry, const char* id) {
        return works([entry, id](Transaction& transaction) -> base::Result<void> {
            TRY(put(transaction, "Patient", id, 1, {token(identifier, "mrn", id)}));
            TRY(put(transaction, "Observation", id, 1, {reference(subject, "Patient", id)}));
            return transaction.settle(entry, {.answer = std::string("AA ") + id, .account = {9, 9, 0, 0, ""}});
        });
    };
    return {"messages", prepare_some,
            {records("m1"), commits(1, "m1"), records("m2"), records("m1"),
             [](Stage& stage) { return stage.engine->journal().settle(2, {.state = durable::State::failed, .answer = "AE", .reason = {"no", "invalid", "value", "PID-3"}, .time = 9}); },
             [](Stage& stage) { return told(stage.engine->journal().amend(2, {.state = durable::State::replayed, .from = durable::State::failed, .by = "ada", .time = 10}, "m2", "MSH|m2 corrected")); },
             commits(3, "m2"), [](Stage& stage) { return told(stage.engine->journal().sweep(1'000, 10)); },
             [](Stage& stage) { return stage.engine->records().put("cursor", "value", 0); }, [](Stage& stage) { return stage.engine->records().remove("cursor"); }}, false, true};
}

Scenario outbox() {
    const auto message = [](const char* id) {
        durable::Outgoing one;
        one.position = 2;
        one.subject = "Patient/first/_history/1";
        one.kind = "ADT^A28";
        one.control_id = id;
        one.made = one.due = 1000;
        one.status = "waiting";
        one.bytes = std::string("MSH|") + id;
        return one;
    };
    return {"outbox", prepare_some,
            {[](Stage& stage) { return told(stage.engine->outbox().follow("lab", 0)); },
             [=](Stage& stage) { return stage.engine->outbox().enqueue("lab", 0, 2, {message("A"), message("B"), message("C")}); },
             [](Stage& stage) { return stage.engine->outbox().tried(1, 5000, "no answer", ""); },
             [](Stage& stage) { return stage.engine->outbox().settle(1, "sent", "", "MSA|AA", 6000); },
             [](Stage& stage) { return stage.engine->outbox().settle(2, "dead", "AR", "MSA|AR", 7000); },
             [](Stage& stage) { return stage.engine->outbox().revive(2, 8000); },
             [](Stage& stage) { return told(stage.engine->outbox().sweep("lab", 9000)); }}, false, true};
}

Scenario log_and_close() {
    return {"checkpoints", prepare_some,
            {puts("Patient", "a", 1, {token(identifier, "mrn", "a")}), checkpoints(sql::Checkpoint::passive), puts("Patient", "b", 1, {token(identifier, "mrn", "b")}),
             checkpoints(sql::Checkpoint::truncate), puts("Patient", "a", 2, {token(identifier, "mrn", "c")}), reopens, puts("Patient", "c", 1, {words("after it")}),
             checkpoints(sql::Checkpoint::restart), puts("Patient", "d", 1, {words("and anew")})}, false, false};
}

Scenario indexing() {
    const auto adopts = [](Stage& stage) {
        auto indexing = std::make_shared<Indexing>();
        for (const std::string& one : urls()) indexing->entries.push_back({one, "as ever", {"*"}, true});
        indexing->entries[identifier].meaning = "another";
        indexing->values = kept_index;
        return stage.engine->adopt(indexing);
    };
    const auto fills = [](Stage& stage) { return told(stage.engine->fill(1)); };
    const auto fills_all = [](Stage& stage) -> base::Result<void> {
        base::Result<bool> more = true;
        while (more && *more) more = stage.engine->fill();
        return told(std::move(more));
    };
    return {"indexing", prepare_some, {adopts, fills, fills, puts("Patient", "new", 1, {token(identifier, "mrn", "5")}), fills_all}, true, false};
}

Scenario first_start() {
    return {"first start", [](Stage&) {}, {puts("Patient", "made", 1, {token(identifier, "mrn", "3"), words("delta")})}, false, false};
}

// Databases as earlier programs left them: schema `version`, with a resource and a message. Opening is all that is done.
Scenario upgrade(std::size_t version) {
    const auto prepare = [version](Stage& stage) {
        auto connection = *sql::Connection::open(stage.folder.file(), sql::Mode::write);
        REQUIRE(connection->execute("pragma page_size = 8192; pragma journal_mode = wal; pragma synchronous = full"));
        const auto& all = relational::migrations();
        REQUIRE(relational::migrate(*connection, std::vector<std::string_view>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(version))));
        LedgerEntry entry{1, 1'000'000, "Patient", "old", 1, Change::created, {}, {}};
        const std::string body = R"({"resourceType":"Patient","id":"old"})";
        entry.content = base::sha256(body);
        entry.hash = chained({}, entry);
        REQUIRE(connection->execute("insert into type (id, name) values (1, 'Patient')"));
        auto resource = *connection->prepare("insert into resource (rid, type, id, version, last_updated, position, change, body) values (1, 1, 'old', 1, 1000000, 1, 0, ?)");
        REQUIRE(resource.bind_blob(body).run());
        auto ledger = *connection->prepare("insert into ledger (position, time, type, rid, version, change, content, hash) values (1, 1000000, 1, 1, 1, 0, ?, ?)");
        REQUIRE(ledger.bind_blob(base::view(entry.content)).bind_blob(base::view(entry.hash)).run());
        REQUIRE(connection->execute("insert into journal (number, channel, control_id, digest, received, reused, status, answer, bytes) values "
                                    "(1, 'lab', '77', x'01', 1000, 0, 'answered', x'4141', x'4d5348')"));
    };
    return {"upgrade", prepare, {puts("Patient", "new", 1, {token(identifier, "mrn", "1")})}, false, false};
}

// Every row of every table, one line each; the index of words is checked against its texts instead, and what is
// still to be indexed by what comes of it.
std::map<std::string, std::string> contents(const Stage& stage) {
    std::map<std::string, std::string> all;
    auto connection = *sql::Connection::open(stage.folder.file(), sql::Mode::write);
    REQUIRE(connection->execute("insert into ix_words_index (ix_words_index, rank) values ('integrity-check', 1)"));
    std::vector<std::string> tables;
    {
        auto select = *connection->prepare("select name from sqlite_schema where type = 'table' and name not like 'ix_words_index%' and name <> 'filling' order by name");
        while (*select.step()) tables.emplace_back(select.text(0));
    }
    for (const std::string& table : tables) {
        std::string columns;
        auto info = *connection->prepare("select name from pragma_table_info(?)");
        info.bind(std::string_view(table));
        while (*info.step()) columns += fmt::format("{}quote({})", columns.empty() ? "" : "||'|'||", info.text(0));
        auto rows = *connection->prepare(fmt::format("select {} from {} order by 1", columns, table));
        std::string& text = all[table];
        while (*rows.step()) {
            text += rows.text(0);
            text += '\n';
        }
    }
    return all;
}

std::string difference(const std::map<std::string, std::string>& is, const std::map<std::string, std::string>& ought) {
    for (const auto& [table, rows] : ought)
        if (!is.contains(table) || is.at(table) != rows) return fmt::format("{} is\n{}and ought to be\n{}", table, is.contains(table) ? is.at(table) : "not there\n", rows);
    return is.size() == ought.size() ? "" : "there are more tables";
}

class Trial {
public:
    Trial(FaultyDisk& disk, const Scenario& scenario) : disk_(disk), scenario_(scenario) {
        Stage stage;
        scenario.prepare(stage);
        disk_.forget();
        image_ = read(stage.folder.file());
        REQUIRE(stage.open());
        states_.push_back(contents(stage));
        for (const Step& step : scenario.steps) {
            const auto done = step(stage);
            REQUIRE_MESSAGE(done, scenario.name << ": " << (done ? "" : done.fault().text));
            states_.push_back(contents(stage));
        }
        stage.engine.reset();
        disk_.forget();
    }

    // False: the scenario was done before the disk had come to what was planned.
    bool run(const FaultyDisk::Plan& plan, std::uint64_t seed, const std::string& words) {
        Stage stage;
        if (!image_.empty()) std::ofstream(stage.folder.file(), std::ios::binary).write(image_.data(), static_cast<std::streamsize>(image_.size()));
        disk_.forget();
        disk_.plan(plan);
        std::size_t done = 0;
        if (stage.open()) {
            while (done < scenario_.steps.size() && scenario_.steps[done](stage)) ++done;
        }
        const bool failed = !stage.engine || done < scenario_.steps.size();
        CHECK_MESSAGE((!failed || disk_.struck()), words << ": step " << done << " failed on a sound disk");
        if (failed && plan.trouble != FaultyDisk::Trouble::crash && survives(stage, plan, done, words)) done = scenario_.steps.size();
        stage.engine.reset();
        const bool struck = disk_.struck();
        disk_.restart(seed);
        const auto opened = stage.open();
        CHECK_MESSAGE(opened, words << ": opened again: " << (opened ? "" : opened.fault().text));
        if (!opened) return struck;
        const auto sound = stage.engine->check();
        CHECK_MESSAGE(sound, words << ": " << (sound ? "" : sound.fault().text));
        if (scenario_.begins_anew) {
            go_on(stage, 0, words);
            return struck;
        }
        const auto is = contents(stage);
        const bool as_acknowledged = is == states_[done];
        const bool one_more = done + 1 < states_.size() && is == states_[done + 1];  // on disk, but nobody was told
        CHECK_MESSAGE((as_acknowledged || one_more), words << ": " << done << " acknowledged; " << difference(is, states_[done]));
        if (as_acknowledged || one_more) go_on(stage, as_acknowledged ? done : done + 1, words);
        return struck;
    }

private:
    static std::string read(const std::string& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    // The rest of the scenario ends where it would have ended, and what is found by is what a new index of everything would say.
    bool go_on(Stage& stage, std::size_t from, const std::string& words) {
        for (std::size_t i = from; i < scenario_.steps.size(); ++i) {
            const auto done = scenario_.steps[i](stage);
            CHECK_MESSAGE(done, words << ": step " << i << " behind it: " << (done ? "" : done.fault().text));
            if (!done) return false;
        }
        const auto end = contents(stage);
        const bool same = end == states_.back();
        CHECK_MESSAGE(same, words << ": at the end " << difference(end, states_.back()));
        CHECK(stage.engine->index_anew());
        base::Result<bool> more = true;
        while (more && *more) more = stage.engine->fill();
        CHECK_MESSAGE(more, words);
        const auto anew = contents(stage);
        CHECK_MESSAGE(anew == end, words << ": indexed anew " << difference(anew, end));
        return same;
    }

    // The disk has refused and the process lives: reading goes on. When writing does too, the rest is done here (true). A failed
    // sync ends all writing.
    bool survives(Stage& stage, const FaultyDisk::Plan& plan, std::size_t done, const std::string& words) {
        if (!stage.engine) return false;
        if (plan.on == Event::write) CHECK_MESSAGE(stage.engine->snapshot()->search(query({}), fhir::search::Reach::everything(), {}), words << ": reading goes on");
        disk_.plan({.on = plan.on, .at = 0, .trouble = plan.trouble, .left = plan.left, .lasting = false});
        CHECK_MESSAGE(stage.engine->snapshot()->search(query({}), fhir::search::Reach::everything(), {}), words << ": reading goes on");
        const bool writes = stage.engine->writable();
        if (plan.on == Event::sync) CHECK_MESSAGE(!writes, words << ": a sync has failed and writing goes on");
        if (plan.trouble == FaultyDisk::Trouble::full) CHECK_MESSAGE(writes, words << ": there is room again and writing has stopped");
        if (!writes) {
            CHECK_MESSAGE(!put(*stage.engine, "Patient", "late", 1), words << ": written behind a failed sync");
            return false;
        }
        const auto is = contents(stage);
        CHECK_MESSAGE(is == states_[done], words << ": what was refused left a trace: " << difference(is, states_[done]));
        return go_on(stage, done, words);
    }

    FaultyDisk& disk_;
    const Scenario& scenario_;
    std::string image_;
    std::vector<std::map<std::string, std::string>> states_;  // after so many steps
};

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
    const char* const text = std::getenv(variable);
    return text ? std::strtoull(text, nullptr, 10) : otherwise;
}

struct Enumerated {
    std::int64_t runs = 0;
    std::int64_t points = 0;
};

// Every `stride`-th point from `first` on, until the scenario is done untouched.
void enumerate(Trial& trial, const char* name, FaultyDisk::Plan plan, const char* kind, std::uint64_t seed, std::int64_t first, std::int64_t stride, Enumerated& count) {
    for (plan.at = first;; plan.at += stride) {
        ++count.runs;
        const std::uint64_t own = seed + static_cast<std::uint64_t>(plan.at);
        if (!trial.run(plan, own, fmt::format("seed {}, {}, {}, {}, change {}", seed, name, kind, spelling(plan.left), plan.at))) break;
        count.points = std::max(count.points, plan.at);
    }
}

std::vector<Scenario> all_scenarios() {
    std::vector<Scenario> all;
    for (auto make : {resources, messages, outbox, log_and_close, indexing, first_start}) all.push_back(make());
    for (std::size_t version = 1; version < relational::migrations().size(); ++version) all.push_back(upgrade(version));
    return all;
}

struct Extent {
    std::uint64_t seed = number_of("ANDIRON_CRASH_SEED", 1);
    std::uint64_t seconds = number_of("ANDIRON_CRASH_SECONDS", 0);
    std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
    std::int64_t stride = static_cast<std::int64_t>(std::max<std::uint64_t>(1, number_of("ANDIRON_CRASH_STRIDE", 97)));
    bool again() {
        ++seed;
        return std::chrono::steady_clock::now() - begun < std::chrono::seconds(seconds);
    }
};

}  // namespace

TEST_SUITE("store/relational/crash_points") {
    TEST_CASE("O-01 O-02 O-14: the process or the machine dies at any change, and what was acknowledged is there once") {
        FaultyDisk disk;
        const auto scenarios = all_scenarios();
        Extent extent;
        Enumerated all;
        do {
            for (const Scenario& scenario : scenarios) {
                Trial trial(disk, scenario);
                Enumerated count;
                for (const Left left : FaultyDisk::all_left) {
                    const std::int64_t stride = left == Left::scattered ? (extent.stride + 2) / 3 : extent.stride;
                    const auto first = 1 + static_cast<std::int64_t>((extent.seed + static_cast<std::uint64_t>(left)) % static_cast<std::uint64_t>(stride));
                    enumerate(trial, scenario.name, {.on = Event::change, .at = 0, .trouble = FaultyDisk::Trouble::crash, .left = left, .lasting = false}, "crash",
                              extent.seed, first, stride, count);
                }
                all.runs += count.runs;
                all.points += count.points;
            }
        } while (extent.again());
        MESSAGE("crashes: " << all.runs << " runs, " << all.points << " points, seeds up to " << extent.seed);
    }

    TEST_CASE("O-03 O-04: the disk is full, or refuses to read, write or sync, at any moment") {
        FaultyDisk disk;
        const auto scenarios = all_scenarios();
        Extent extent;
        Enumerated all;
        using Trouble = FaultyDisk::Trouble;
        const std::pair<FaultyDisk::Plan, const char*> plans[] = {
            {{.on = Event::write, .at = 0, .trouble = Trouble::full, .left = Left::clean, .lasting = true}, "full"},
            {{.on = Event::write, .at = 0, .trouble = Trouble::io_error, .left = Left::unsynced_lost, .lasting = false}, "write error"},
            {{.on = Event::read, .at = 0, .trouble = Trouble::io_error, .left = Left::clean, .lasting = false}, "read error"},
            {{.on = Event::sync, .at = 0, .trouble = Trouble::io_error, .left = Left::unsynced_lost, .lasting = false}, "sync error"},
        };
        do {
            for (const Scenario& scenario : scenarios) {
                Trial trial(disk, scenario);
                for (const auto& [plan, kind] : plans) {
                    if (plan.on == Event::sync && !scenario.writes_alone) continue;
                    const std::int64_t stride = plan.on == Event::sync ? (extent.stride + 5) / 6 : extent.stride;
                    Enumerated count;
                    enumerate(trial, scenario.name, plan, kind, extent.seed, 1 + static_cast<std::int64_t>(extent.seed % static_cast<std::uint64_t>(stride)), stride, count);
                    all.runs += count.runs;
                    all.points += count.points;
                }
            }
        } while (extent.again());
        MESSAGE("refusals: " << all.runs << " runs, " << all.points << " points, seeds up to " << extent.seed);
    }
}

}  // namespace store::contract
