// SPDX-License-Identifier: Apache-2.0
#pragma once

// The port to memory: what an engine must be able to do. Engines: store/memory.h (reference), store/relational.
// One contract test (repository_contract.h) runs over all of them.
//
// Readers work on a snapshot: they see one moment, whatever is written meanwhile. There is one writer; write() hands it a
// piece of work, which runs alone, all or nothing, and returns when its effect is on disk (fsync'd): what write() has
// acknowledged survives kill -9 and loss of power. Work of many callers is grouped into one disk transaction; a piece of work
// that fails leaves no trace and does not hurt its neighbours.

#include "base/result.h"
#include "fhir/codec/json.h"
#include "fhir/search/index_value.h"
#include "fhir/search/query.h"
#include "fhir/search/reach.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace store {

namespace durable {
struct Arrival;
struct Settlement;
}

using Body = std::shared_ptr<const std::string>;  // minified JSON as it is sent to clients
using Position = std::int64_t;                    // of a change in the ledger, from 1, without gaps

enum class Change : std::uint8_t { created, updated, deleted };

// One version of one resource.
struct Version {
    std::string type;
    std::string id;
    std::int64_t version = 0;       // 1, 2, ...: gapless for each resource
    base::Micros last_updated = 0;
    Change change = Change::created;
    Position position = 0;
    Body body;                      // null when deleted
    bool deleted() const { return change == Change::deleted; }
};

// Which part of a result is wanted. Cursors are opaque text made by the engine; the door signs them.
struct Window {
    int count = 50;
    std::string after;      // cursor of the page before; empty = the first page
    Position as_of = 0;     // changes behind this position do not exist; 0 = now
    bool backwards = false;  // search: the page that ends before the cursor; without one the last page
};

struct Page {
    std::vector<Version> entries;
    std::string next;                      // cursor for the next page; empty = this was the last
    std::string previous;                  // search: cursor for the page before, asked backwards; empty = this was the first
    std::optional<std::int64_t> total;     // when asked for, or free because the first page holds everything
    Position as_of = 0;
};

struct HistoryScope {
    std::string type;            // empty = whole system
    std::string id;              // empty = whole type
    base::Micros since = 0;      // _since: changes at or after; 0 = no bound
    base::Micros until = 0;      // _at and the like: changes at or before; 0 = no bound
};

// One step over references, from some resources to others (FHIR R4 3.1.1.5.4).
struct Step {
    std::string type;     // of the resource that holds the reference; empty = any
    std::vector<const fhir::search::Parameter*> parameters;  // of type reference; any of them. None = every one there is
    std::string target;   // type of what is referred to; empty = any. Backwards it is that of the resources at hand
    bool backward = false;  // from what is referred to, to what refers to it
};

struct Name {
    std::string type;
    std::string id;
    bool operator==(const Name&) const = default;
    auto operator<=>(const Name&) const = default;
};

// How a search would be run, for _explain: steps in words, with rows that each was estimated to touch.
struct Explanation {
    struct Line {
        std::string text;
        std::int64_t rows = 0;
    };
    std::vector<Line> lines;
    std::string statement;  // what the engine would run, without values
};

class Snapshot {
public:
    virtual ~Snapshot() = default;
    // The current version, deleted ones included; nothing when there never was one.
    virtual base::Result<std::optional<Version>> read(const std::string& type, const std::string& id) = 0;
    virtual base::Result<std::optional<Version>> vread(const std::string& type, const std::string& id,
                                                       std::int64_t version) = 0;
    virtual base::Result<Page> history(const HistoryScope& scope, const Window& window) = 0;  // newest first
    // Without _sort: in order of creation. query.count is ignored in favour of window.count. What is out of `reach` does not
    // exist: neither as a hit, nor in the total, nor at the other end of a chain or _has. The includes of a query are the
    // caller's (follow). A page of an earlier moment (as_of) shows the versions of that moment.
    virtual base::Result<Page> search(const fhir::search::Query& query, const fhir::search::Reach& reach, const Window& window) = 0;
    // Current resources in reach that `from` refers to, or that refer to it; each once, by type and id, at most `most` of them.
    virtual base::Result<std::vector<Version>> follow(const std::vector<Name>& from, const Step& step,
                                                      const fhir::search::Reach& reach, int most) = 0;
    virtual base::Result<Explanation> explain(const fhir::search::Query& query, const fhir::search::Reach& reach) = 0;
    virtual Position position() const = 0;
};

struct Put {
    std::string type;
    std::string id;
    const fhir::codec::Stampable* body = nullptr;
    const std::vector<fhir::search::IndexValue>* index = nullptr;
    std::uint64_t generation = 0;  // of the parameters that made `index`: a store that works with others makes it anew
};

struct Written {
    Version version;
    bool unchanged = false;  // the body was the same as before: no new version was made
};

// What resources are found by, from one moment on: the meaning of Parameter::index, and how values are made.
struct Indexing {
    struct Entry {
        std::string url;
        std::string meaning;             // fhir::search::meaning_of(): when it changes, rows are made anew
        std::vector<std::string> types;  // of resources that it is read from; {"*"} = all
        bool in_use = true;
        bool operator==(const Entry&) const = default;
    };
    std::uint64_t generation = 0;
    std::vector<Entry> entries;  // by Parameter::index. A place never gets another url or meaning: what is not in use any more stays there
    std::function<std::vector<fhir::search::IndexValue>(const std::string& type, const std::string& body)> values;
};

// How far what is stored is indexed for something new: resources of one type.
struct Filling {
    std::optional<std::uint32_t> parameter;  // Parameter::index; nothing: all of them, made anew
    std::string type;
    std::int64_t done = 0;
    std::int64_t total = 0;
    bool answers = false;  // searches go on meanwhile: the rows are there and are only made anew
};

class Transaction {
public:
    virtual ~Transaction() = default;
    virtual Snapshot& now() = 0;  // sees what this transaction has done so far
    // Creates or updates; a deleted resource comes back to life with the next version number.
    virtual base::Result<Written> put(const Put& put) = 0;
    // Deleting what is missing or already deleted changes nothing and returns `unchanged`.
    virtual base::Result<Written> remove(const std::string& type, const std::string& id) = 0;
    // Takes the bodies of these versions away for good, none of them the current one (conflict). They read as if they had never
    // been: vread finds nothing, a history passes over them. Their numbers are not given again; the ledger keeps their
    // positions, times and hashes, so the chain stays whole. Versions that are not there are passed over. Returns how many went.
    virtual base::Result<std::int64_t> forget(const std::string& type, const std::string& id,
                                              const std::vector<std::int64_t>& versions) = 0;
    // What became of a journaled message becomes true in this very commit (durable/journal.h); the versions put before it are noted.
    virtual base::Result<void> settle(std::int64_t journal_entry, const durable::Settlement& settlement) = 0;
    // A message that is not in the journal yet comes into it and is settled, both in this very commit. Fault (conflict): it is there already.
    virtual base::Result<void> enter(const durable::Arrival& message, const durable::Settlement& settlement) = 0;
    virtual base::Micros time() const = 0;  // lastUpdated of everything put here; never before that of an earlier commit
};

using Work = std::function<base::Result<void>(Transaction&)>;

class Repository {
public:
    virtual ~Repository() = default;
    virtual std::unique_ptr<Snapshot> snapshot() = 0;  // cheap: a microsecond; one thread at a time
    // snapshot()->read() for who asks nothing else of that moment. Never older than what any reader has been given before.
    virtual base::Result<std::optional<Version>> read(const std::string& type, const std::string& id) {
        return snapshot()->read(type, id);
    }
    // What read() would answer, when that is at hand in memory; nothing tells nothing. For who holds a snapshot and asks it otherwise.
    virtual std::optional<Version> remembered(const std::string& /*type*/, const std::string& /*id*/) { return std::nullopt; }
    // Blocks until durable. The fault of `work`, or unavailable when the disk refuses.
    virtual base::Result<void> write(const Work& work) = 0;
    // The same, cheaper, for work that may run a second time because another of its group has failed and all was taken back. Each run
    // begins anew, whatever the one before left in the caller's variables.
    virtual base::Result<void> write_repeatable(const Work& work) { return write(work); }

    // Durable when it returns, and counts for every write that commits behind it, also for one whose index values were made
    // before. What is stored is indexed for what is new little by little; until then a search that needs it is a Fault (unavailable). So is
    // one that asks for what is not in use any more. One thread at a time.
    virtual base::Result<void> adopt(std::shared_ptr<const Indexing> indexing) = 0;
    virtual base::Result<std::vector<Filling>> filling() = 0;
    // Everything that is stored is indexed anew, while what is there answers.
    virtual base::Result<void> index_anew() = 0;
};

}  // namespace store
