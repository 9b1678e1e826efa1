// SPDX-License-Identifier: Apache-2.0
#pragma once

// The repository in a relational database: SQLite in a file, one writer, any number of readers.
//
// Nobody else may use the database: a second process is refused by a lock on "<path>.lock", which the system releases when
// a process dies. An idle engine holds about 3 MB; the writer's page cache grows to 24 MB, a reader's to 4 MB, and what was
// read lately is remembered.

#include "store/durable/journal.h"
#include "store/durable/outbox.h"
#include "store/durable/record.h"
#include "store/ledger.h"
#include "store/repository.h"

#include <chrono>
#include <functional>
#include <stop_token>

namespace store {

struct RelationalOptions {
    std::string path;                              // of the database file; its folder must exist
    // What adopt() would be told, for those who know it beforehand and never change it: canonical urls by Parameter::index. Without
    // parameters everything stays as it is until adopt().
    std::vector<std::string> parameters;
    decltype(Indexing::values) values{};  // without it pages of an earlier moment show the versions of now
    std::chrono::milliseconds statement_limit{5000};  // a search that takes longer is a Fault (too_costly)
    std::size_t recent_bytes = 32 << 20;           // for current versions that were read one by one; 0 = none are kept
    struct {
        std::int64_t few = 4096;             // a condition with fewer rows is listed at once, not walked
        std::int64_t longest_walk = 20'000;  // rows that a walk may look at before a list is taken after all
        std::int64_t most_moved = 20'000;    // resources changed since a page's moment; with more the link is too old
    } tuning;
    std::int64_t most_pages = 0;                   // of 4 KiB that the database may have; 0 = as many as the disk holds
};

class Relational final : public Repository {
public:
    // Creates or migrates the database. Fault (conflict) when it is in use, newer than this program, not ours,
    // another than was here the last time, or the end of its ledger is not sound. The clock must live longer than the engine.
    static base::Result<std::unique_ptr<Relational>> open(const RelationalOptions& options, const base::Clock& clock);
    ~Relational() override;  // waits for what is being written

    std::unique_ptr<Snapshot> snapshot() override;
    base::Result<std::optional<Version>> read(const std::string& type, const std::string& id) override;
    std::optional<Version> remembered(const std::string& type, const std::string& id) override;
    base::Result<void> write(const Work& work) override;
    base::Result<void> write_repeatable(const Work& work) override;

    base::Result<void> adopt(std::shared_ptr<const Indexing> indexing) override;
    base::Result<std::vector<Filling>> filling() override;
    base::Result<void> index_anew() override;
    // Indexes the next `most` resources for what is new, durably; false when none is left. One thread at a time, beside
    // anything else; after a crash it goes on where it was.
    base::Result<bool> fill(int most = 100);
    // Waits until there may be something to fill, or an adoption failed (the first of several only: who tries again
    // waits by himself), or a stop is wanted, or for so long. True: the first or the second.
    bool await_filling(std::stop_token stop, std::chrono::milliseconds longest = std::chrono::milliseconds::max());

    // The process before did not close the database, and its write-ahead log has gone since: what stood only there is lost.
    bool log_lost() const;
    bool writable() const;  // false when a sync has failed: then nothing is written until a restart

    durable::Journal& journal();
    durable::Records& records();
    Ledger& ledger();
    durable::Outbox& outbox();
    // SQLite's own check of every page and index, and the ledger's chain: nothing when all is well. Slow.
    base::Result<void> check();

private:
    struct Inside;
    base::Result<void> settle_filling();
    void rouse();
    explicit Relational(std::unique_ptr<Inside> inside);
    std::unique_ptr<Inside> inside_;
};

}  // namespace store
