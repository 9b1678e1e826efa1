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

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace store {

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
};

struct Page {
    std::vector<Version> entries;
    std::string next;                      // cursor for the next page; empty = this was the last
    std::optional<std::int64_t> total;     // when asked for, or free because the first page holds everything
    Position as_of = 0;
};

struct HistoryScope {
    std::string type;            // empty = whole system
    std::string id;              // empty = whole type
    base::Micros since = 0;      // _since: changes at or after; 0 = no bound
    base::Micros until = 0;      // _at and the like: changes at or before; 0 = no bound
};

class Snapshot {
public:
    virtual ~Snapshot() = default;
    // The current version, deleted ones included; nothing when there never was one.
    virtual base::Result<std::optional<Version>> read(const std::string& type, const std::string& id) = 0;
    virtual base::Result<std::optional<Version>> vread(const std::string& type, const std::string& id,
                                                       std::int64_t version) = 0;
    virtual base::Result<Page> history(const HistoryScope& scope, const Window& window) = 0;  // newest first
    // Without _sort: in order of creation. query.count is ignored in favour of window.count.
    virtual base::Result<Page> search(const fhir::search::Query& query, const Window& window) = 0;
    virtual Position position() const = 0;
};

struct Put {
    std::string type;
    std::string id;
    const fhir::codec::Stampable* body = nullptr;
    const std::vector<fhir::search::IndexValue>* index = nullptr;
};

struct Written {
    Version version;
    bool unchanged = false;  // the body was the same as before: no new version was made
};

class Transaction {
public:
    virtual ~Transaction() = default;
    virtual Snapshot& now() = 0;  // sees what this transaction has done so far
    // Creates or updates; a deleted resource comes back to life with the next version number.
    virtual base::Result<Written> put(const Put& put) = 0;
    // Deleting what is missing or already deleted changes nothing and returns `unchanged`.
    virtual base::Result<Written> remove(const std::string& type, const std::string& id) = 0;
    // The answer to a journaled message becomes true in this very commit (durable/journal.h).
    virtual base::Result<void> settle(std::int64_t journal_entry, const std::string& status,
                                      const std::string& answer) = 0;
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
    // Blocks until durable. The fault of `work`, or unavailable when the disk refuses.
    virtual base::Result<void> write(const Work& work) = 0;
};

}  // namespace store
