// SPDX-License-Identifier: Apache-2.0
#pragma once

// The repository in a relational database: SQLite in a file, one writer, any number of readers.
//
// Nobody else may use the database: a second process is refused by a lock on "<path>.lock", which the system releases when
// a process dies. An idle engine holds about 3 MB; the writer's page cache grows to 24 MB, a reader's to 4 MB, and what was
// read lately is remembered.

#include "store/durable/journal.h"
#include "store/durable/record.h"
#include "store/ledger.h"
#include "store/repository.h"

#include <chrono>
#include <functional>

namespace store {

// The index values of a stored body: all of them.
using IndexOf = std::function<std::vector<fhir::search::IndexValue>(const std::string& type, const std::string& body)>;

struct RelationalOptions {
    std::string path;                              // of the database file; its folder must exist
    std::vector<std::string> parameters;           // canonical url by fhir::search::Parameter::index
    std::vector<std::string> meanings;             // of each, fhir::search::meaning_of(); none: they never change
    std::chrono::milliseconds statement_limit{5000};  // a search that takes longer is a Fault (too_costly)
    std::size_t recent_bytes = 32 << 20;           // for current versions that were read one by one; 0 = none are kept
    IndexOf index;                                 // for pages of an earlier moment; without it they show the versions of now
    struct {
        std::int64_t few = 4096;             // a condition with fewer rows is listed at once, not walked
        std::int64_t longest_walk = 20'000;  // rows that a walk may look at before a list is taken after all
        std::int64_t most_moved = 20'000;    // resources changed since a page's moment; with more the link is too old
    } tuning;
    std::int64_t most_pages = 0;                   // of 8 KiB that the database may have; 0 = as many as the disk holds
};

class Relational final : public Repository {
public:
    // Creates or migrates the database. Fault (conflict) when it is in use, newer than this program or not ours.
    // The clock must live longer than the engine.
    static base::Result<std::unique_ptr<Relational>> open(const RelationalOptions& options, const base::Clock& clock);
    ~Relational() override;  // waits for what is being written

    std::unique_ptr<Snapshot> snapshot() override;
    base::Result<std::optional<Version>> read(const std::string& type, const std::string& id) override;
    base::Result<void> write(const Work& work) override;

    // Parameters that are new since the database was last open, or mean something else, by Parameter::index: what is
    // stored is not indexed for them yet. A search that uses one is a Fault (unavailable) until fill() has done its work.
    base::Result<std::vector<std::uint32_t>> unfilled();
    // Indexes the next `most` resources, durably; false when none is left. One thread at a time, beside anything else;
    // after a crash it goes on where it was. `index` gives the values of a resource: all of them, or those that are unfilled.
    using Index = IndexOf;
    base::Result<bool> fill(const Index& index, int most = 100);

    bool writable() const;  // false when a sync has failed: then nothing is written until a restart

    durable::Journal& journal();
    durable::Records& records();
    Ledger& ledger();
    // SQLite's own check of every page and index, and the ledger's chain: nothing when all is well. Slow.
    base::Result<void> check();

private:
    struct Inside;
    explicit Relational(std::unique_ptr<Inside> inside);
    std::unique_ptr<Inside> inside_;
};

}  // namespace store
