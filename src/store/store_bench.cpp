// SPDX-License-Identifier: Apache-2.0
// How fast the store writes and reads, beside bare SQLite loops over the same kind of rows in the same run.
// Usage: store_bench [folder] [resources a run]

#include "store/contract_fixture.h"
#include "store/relational/engine.h"
#include "store/sql/sqlite.h"

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <random>
#include <thread>

using namespace store;
using namespace store::contract;
using Steady = std::chrono::steady_clock;

namespace {

double seconds_since(Steady::time_point start) { return std::chrono::duration<double>(Steady::now() - start).count(); }

// Eleven rows: five tokens, two strings, two dates, a reference, a quantity; as a laboratory result has them.
std::vector<IndexValue> eleven_rows(std::mt19937& dice, int i) {
    const std::string patient = fmt::format("p{}", dice() % 1000);
    const base::Micros day = 86'400'000'000;
    const base::Micros when = 19'000 * day + static_cast<base::Micros>(dice() % 100'000'000) * 10'000;
    return {token(gender, "http://loinc.org", fmt::format("{}-{}", dice() % 500, dice() % 10)),
            token(gender, "http://terminology.hl7.org/CodeSystem/observation-category", "laboratory"),
            token(identifier, "http://hospital.example/lab", fmt::format("acc-{}", i)),
            token(code_parameter, "http://loinc.org", fmt::format("{}-{}", dice() % 500, dice() % 10)),
            token(code_parameter, "http://hl7.org/fhir/observation-status", "final"),
            string(name, fmt::format("name {}", dice() % 5000)), string(name, fmt::format("given {}", dice() % 800)),
            date(birthdate, when, when + 1000), date(birthdate, when + day, when + day + 1000),
            reference(subject, "Patient", patient),
            quantity(value_quantity, "http://unitsofmeasure.org", "mg/dL", static_cast<double>(dice() % 1000) / 10)};
}

fhir::codec::Stampable two_kilobytes(int i) {
    static const fhir::Names names;
    std::string text = R"({"resourceType":"Observation","status":"final","note":[)";
    std::mt19937 dice(static_cast<unsigned>(i));
    while (text.size() < 1900) text += fmt::format(R"({{"text":"value {} of {} seen"}},)", dice(), dice());
    text.back() = ']';
    text += '}';
    const auto read = fhir::codec::read_json(text, names);
    return fhir::codec::Stampable(read->root(), fmt::format("00000000-{:08x}", dice() ^ static_cast<unsigned>(i)) + std::to_string(i));
}

struct Prepared {
    std::string id;
    fhir::codec::Stampable body;
    std::vector<IndexValue> index;
};

std::vector<Prepared> prepare(int from, int count) {
    std::mt19937 dice(static_cast<unsigned>(from));
    std::vector<Prepared> all;
    for (int i = from; i < from + count; ++i) all.push_back({fmt::format("o{}", i), two_kilobytes(i), eleven_rows(dice, i)});
    return all;
}

double store_puts(Repository& repository, int from, int count, int group) {
    const auto all = prepare(from, count);
    const auto start = Steady::now();
    for (std::size_t i = 0; i < all.size(); i += static_cast<std::size_t>(group)) {
        const auto done = repository.write([&](Transaction& transaction) -> base::Result<void> {
            for (std::size_t k = i; k < std::min(all.size(), i + static_cast<std::size_t>(group)); ++k)
                TRY(transaction.put({"Observation", all[k].id, &all[k].body, &all[k].index}));
            return {};
        });
        if (!done) std::printf("write failed: %s\n", done.fault().text.c_str());
    }
    return count / seconds_since(start);
}

double store_puts_of_threads(Repository& repository, int from, int count, int callers) {
    const auto all = prepare(from, count);
    std::vector<std::thread> threads;
    const auto start = Steady::now();
    for (int t = 0; t < callers; ++t)
        threads.emplace_back([&, t] {
            for (auto i = static_cast<std::size_t>(t); i < all.size(); i += static_cast<std::size_t>(callers))
                (void)repository.write([&](Transaction& transaction) -> base::Result<void> {
                    TRY(transaction.put({"Observation", all[i].id, &all[i].body, &all[i].index}));
                    return {};
                });
        });
    for (auto& thread : threads) thread.join();
    return count / seconds_since(start);
}

// The yardstick: one table of bodies and one of eleven rows in a rowid-free table, prepared statements, nothing else.
class Bare {
public:
    explicit Bare(const std::string& path) : connection_(*sql::Connection::open(path, sql::Mode::write)) {
        const auto made = connection_->execute(
            "pragma page_size = 4096; pragma journal_mode = wal; pragma synchronous = full; pragma wal_autocheckpoint = 20000; "
            "pragma cache_size = -24000; create table body (rid integer primary key, id text unique, body blob); "
            "create table row (field integer, code text, rid integer, system text, primary key (field, code, rid)) without rowid");
        if (!made) std::printf("%s\n", made.fault().text.c_str());
    }

    double puts(int from, int count, int group) {
        std::mt19937 dice(static_cast<unsigned>(from));
        std::vector<std::string> bodies;
        std::vector<std::vector<IndexValue>> rows;
        for (int i = 0; i < count; ++i) {
            bodies.push_back(two_kilobytes(from + i).stamped(1, 0));
            rows.push_back(eleven_rows(dice, from + i));
        }
        const auto start = Steady::now();
        for (int i = 0; i < count; ++i) {
            if (i % group == 0) (void)connection_->execute("begin immediate");
            const std::string id = fmt::format("o{}", from + i);
            {
                auto insert = *connection_->prepare("insert into body (id, body) values (?, ?)");
                (void)insert.bind(std::string_view(id)).bind_blob(bodies[static_cast<std::size_t>(i)]).run();
            }
            const std::int64_t rid = *connection_->number("select last_insert_rowid()");
            auto row = *connection_->prepare("insert or ignore into row values (?, ?, ?, '')");
            for (const IndexValue& value : rows[static_cast<std::size_t>(i)]) {
                const std::string key = value.code.empty() ? std::to_string(value.from) : value.code;
                (void)row.bind(std::int64_t{value.parameter}).bind(std::string_view(key)).bind(rid).run();
            }
            if ((i + 1) % group == 0 || i + 1 == count) (void)connection_->execute("commit");
        }
        return count / seconds_since(start);
    }

    double reads(int known, int count) {
        std::mt19937 dice(1);
        const auto start = Steady::now();
        std::size_t bytes = 0;
        for (int i = 0; i < count; ++i) {
            const std::string id = fmt::format("o{}", dice() % static_cast<unsigned>(known));
            auto select = *connection_->prepare("select body from body where id = ?");
            if (*select.bind(std::string_view(id)).step()) bytes += std::string(select.blob(0)).size();
        }
        if (bytes == 0) std::printf("nothing read\n");
        return count / seconds_since(start);
    }

private:
    std::unique_ptr<sql::Connection> connection_;
};

double store_reads(Repository& repository, int known, int count) {
    std::mt19937 dice(1);
    const auto start = Steady::now();
    for (int i = 0; i < count; ++i)
        if (!repository.snapshot()->read("Observation", fmt::format("o{}", dice() % static_cast<unsigned>(known)))->has_value())
            std::printf("nothing read\n");
    return count / seconds_since(start);
}

double store_searches(Repository& repository, int count, const std::vector<fhir::search::Clause>& clauses, Known sort_by = time_parameter,
                      bool sorted = false) {
    auto asked = query(clauses, "Observation");
    if (sorted) asked.sort = {{&parameter(sort_by), true}};
    const auto start = Steady::now();
    for (int i = 0; i < count; ++i) {
        const auto page = repository.snapshot()->search(asked, fhir::search::Reach::everything(), {10, "", 0});
        if (!page || page->entries.empty()) std::printf("nothing found\n");
    }
    return count / seconds_since(start);
}

long resident_kilobytes() {
    long pages = 0;
    if (FILE* file = std::fopen("/proc/self/statm", "r")) {
        long total = 0;
        if (std::fscanf(file, "%ld %ld", &total, &pages) != 2) pages = 0;
        std::fclose(file);
    }
    return pages * 4;
}

}  // namespace

int main(int count, char** words) {
    const std::filesystem::path folder = count > 1 ? words[1] : std::filesystem::temp_directory_path().string();
    const int many = count > 2 ? std::atoi(words[2]) : 20'000;
    const std::string file = (folder / "store_bench.db").string();
    const std::string bare_file = (folder / "store_bench_bare.db").string();
    for (const std::string& path : {file, bare_file})
        for (const char* ending : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(path + ending);

    RelationalOptions options;
    options.path = file;
    options.parameters = urls();
    auto engine = *Relational::open(options, base::system_clock());
    Bare bare(bare_file);
    int known = 0;
    for (const int group : {1, 64, 700, 1000}) {
        const int resources = group == 1 ? many / 10 : many;
        const double ours = store_puts(*engine, known, resources, group);
        const double theirs = bare.puts(known, resources, group);
        std::printf("puts, %4d a commit:        %8.0f/s   bare SQLite %8.0f/s   ratio %.2f\n", group, ours, theirs, ours / theirs);
        known += resources;
    }
    const double together = store_puts_of_threads(*engine, known, many / 2, 32);
    known += many / 2;
    std::printf("puts, 32 callers:           %8.0f/s\n", together);
    const double ours = store_reads(*engine, many, many * 2);
    const double theirs = bare.reads(many, many * 2);
    std::printf("point reads:                %8.0f/s   bare SQLite %8.0f/s   ratio %.2f\n", ours, theirs, ours / theirs);
    std::printf("token search (one hit):     %8.0f/s\n",
                store_searches(*engine, many / 4, {clause(identifier, {system_code("http://hospital.example/lab", "acc-77")})}));
    std::printf("token search (page of 10):  %8.0f/s\n",
                store_searches(*engine, many / 4, {clause(code_parameter, {system_code("http://hl7.org/fhir/observation-status", "final")})}));
    std::printf("patient + category:         %8.0f/s\n",
                store_searches(*engine, many / 8, {clause(gender, {code("laboratory")}), clause(subject, {refer("Patient", "p7")})}));
    std::printf("patient, newest first:      %8.0f/s\n",
                store_searches(*engine, many / 8, {clause(subject, {refer("Patient", "p7")})}, birthdate, true));
    std::printf("status, newest first (all): %8.1f/s\n",
                store_searches(*engine, 3, {clause(code_parameter, {code("final")})}, birthdate, true));
    std::printf("%d resources, %.0f MB, %.0f bytes each; resident %ld kB\n", known,
                static_cast<double>(std::filesystem::file_size(file)) / 1e6,
                static_cast<double>(std::filesystem::file_size(file)) / known, resident_kilobytes());
    engine.reset();
    for (const std::string& path : {file, bare_file})
        for (const char* ending : {"", "-wal", "-shm", ".lock"}) std::filesystem::remove(path + ending);
}
