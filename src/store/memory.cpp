// SPDX-License-Identifier: Apache-2.0
#include "store/memory.h"

#include "store/memory_outbox.h"

#include "fhir/search/match.h"
#include "store/asked.h"
#include "store/cursor.h"
#include "store/forget.h"
#include "store/memory_journal.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <mutex>

namespace store {
namespace {

using base::Fault;

struct Kept {
    Version version;
    std::vector<fhir::search::IndexValue> index;
    base::Digest content{};
    base::Digest hash{};
    std::string origin{};    // the channel that brought it
    bool forgotten = false;  // body and index are gone
};

struct Record {
    std::string value;
    base::Micros expires = 0;
};

class MemoryRecords final : public durable::Records {
public:
    base::Result<std::optional<std::string>> get(const std::string& key, base::Micros now) override {
        const std::lock_guard lock(mutex_);
        const auto found = records_.find(key);
        if (found == records_.end() || over(found->second, now)) return std::optional<std::string>();
        return std::optional(found->second.value);
    }
    base::Result<void> put(const std::string& key, const std::string& value, base::Micros expires) override {
        const std::lock_guard lock(mutex_);
        records_[key] = {value, expires};
        return {};
    }
    base::Result<void> remove(const std::string& key) override {
        const std::lock_guard lock(mutex_);
        records_.erase(key);
        return {};
    }
    base::Result<std::int64_t> sweep(base::Micros now) override {
        const std::lock_guard lock(mutex_);
        return static_cast<std::int64_t>(std::erase_if(records_, [&](const auto& one) { return over(one.second, now); }));
    }

private:
    static bool over(const Record& record, base::Micros now) { return record.expires != 0 && record.expires <= now; }
    std::mutex mutex_;
    std::map<std::string, Record> records_;
};

class MemoryLedger final : public Ledger {
public:
    explicit MemoryLedger(Memory::State& state) : state_(state) {}
    base::Result<std::vector<LedgerEntry>> read(Position after, int count) override;
    Position wait(Position after, std::chrono::milliseconds longest) override { return tide.wait(after, longest); }

    Tide tide;

private:
    Memory::State& state_;
};

}  // namespace

struct Memory::State {
    explicit State(const base::Clock& its_clock) : clock(its_clock) {}

    const base::Clock& clock;
    std::mutex writing;        // held by the one piece of work
    std::mutex mutex;          // guards what follows, one step at a time
    std::vector<Kept> log;     // log[position - 1]
    std::map<std::pair<std::string, std::string>, std::vector<Position>> chains;  // oldest first
    std::vector<std::pair<std::string, std::string>> order;                       // resources as they were created
    Position committed = 0;
    base::Micros last_time = 0;
    MemoryJournal journal;
    MemoryRecords records;
    MemoryLedger ledger{*this};
    MemoryOutbox outbox;

    std::shared_ptr<const Indexing> indexing;  // null: index values are what writers give

    void index_anew() {
        const std::lock_guard lock(mutex);
        if (indexing == nullptr || !indexing->values) return;
        for (Kept& kept : log)
            if (kept.version.body) kept.index = indexing->values(kept.version.type, *kept.version.body);
    }
    base::Result<void> check_in_use(const fhir::search::Query& query, const fhir::search::Reach& reach) const {
        base::Result<void> result;
        if (indexing == nullptr) return result;
        asked(query, reach, [&](const fhir::search::Parameter& parameter, std::string_view) {
            if (parameter.index >= indexing->entries.size() || !indexing->entries[parameter.index].in_use) result = not_in_use(parameter);
        });
        return result;
    }

    const Kept& at(Position position) const { return log[static_cast<std::size_t>(position - 1)]; }
    // The newest version that a reader bound to `bound` sees; null when there is none.
    const Kept* current(const std::pair<std::string, std::string>& key, Position bound) const {
        const auto found = chains.find(key);
        if (found == chains.end()) return nullptr;
        const auto behind = std::upper_bound(found->second.begin(), found->second.end(), bound);
        if (behind == found->second.begin()) return nullptr;
        const Kept& kept = at(*std::prev(behind));
        return kept.forgotten ? nullptr : &kept;
    }
};

namespace {

base::Result<std::vector<LedgerEntry>> MemoryLedger::read(Position after, int count) {
    const std::lock_guard lock(state_.mutex);
    std::vector<LedgerEntry> entries;
    for (Position p = std::max<Position>(after, 0) + 1; p <= state_.committed && static_cast<int>(entries.size()) < count; ++p) {
        const Kept& kept = state_.at(p);
        const Version& v = kept.version;
        entries.push_back({p, v.last_updated, v.type, v.id, v.version, v.change, kept.content, kept.hash, kept.origin});
    }
    return entries;
}

bool in_reach(const Kept& kept, const fhir::search::Reach& reach) {
    return reach.admits(kept.version.type, kept.index, kept.version.id, kept.version.last_updated);
}

bool asked_for(const fhir::search::Query& query, const std::string& type) {
    return query.types.empty() || std::find(query.types.begin(), query.types.end(), type) != query.types.end();
}

// A reference of one of these parameters to a resource here.
bool refers(const fhir::search::IndexValue& value, const std::vector<const fhir::search::Parameter*>& parameters) {
    return value.kind == fhir::search::IndexKind::reference && value.component == 0 && value.text.empty() && !value.system.empty() &&
           (parameters.empty() || std::any_of(parameters.begin(), parameters.end(), [&](const auto* one) { return one->index == value.parameter; }));
}

// The other resources of one moment, for chains and _has.
class Beside final : public fhir::search::Others {
public:
    Beside(const Memory::State& state, Position bound, const fhir::search::Reach& reach) : state_(state), bound_(bound), reach_(reach) {}

    bool forward(const fhir::search::Clause& clause, std::span<const fhir::search::IndexValue* const> references) override {
        return std::any_of(references.begin(), references.end(), [&](const fhir::search::IndexValue* reference) {
            return reference->text.empty() && (reference->system.empty() || reference->system == clause.type) &&
                   satisfies({clause.type, reference->code}, clause);
        });
    }

    bool backward(const fhir::search::Clause& clause, std::string_view id) override {
        const std::string target = type;
        for (const auto& key : state_.order) {
            if (key.first != clause.type) continue;
            const Kept* kept = state_.current(key, bound_);
            if (!kept) continue;
            const bool points = std::any_of(kept->index.begin(), kept->index.end(), [&](const auto& value) {
                return refers(value, {clause.parameter}) && value.system == target && value.code == id;
            });
            if (points && satisfies(key, clause)) return true;
        }
        return false;
    }

    std::string type;  // of the resource at hand

private:
    bool satisfies(const std::pair<std::string, std::string>& key, const fhir::search::Clause& clause) {
        const Kept* kept = state_.current(key, bound_);
        if (!kept || kept->version.deleted() || !in_reach(*kept, reach_)) return false;
        Beside further(state_, bound_, reach_);
        further.type = key.first;
        return std::all_of(clause.parts.begin(), clause.parts.end(), [&](const fhir::search::Clause& part) {
            return fhir::search::holds(part, kept->index, key.second, kept->version.last_updated, &further);
        });
    }

    const Memory::State& state_;
    Position bound_;
    const fhir::search::Reach& reach_;
};

class MemorySnapshot final : public Snapshot {
public:
    // Without a bound: the inside of a transaction, which sees everything.
    MemorySnapshot(Memory::State& state, std::optional<Position> bound) : state_(state), bound_(bound) {}

    base::Result<std::optional<Version>> read(const std::string& type, const std::string& id) override {
        const std::lock_guard lock(state_.mutex);
        const Kept* kept = state_.current({type, id}, bound());
        return kept ? std::optional(kept->version) : std::nullopt;
    }

    base::Result<std::optional<Version>> vread(const std::string& type, const std::string& id,
                                               std::int64_t version) override {
        const std::lock_guard lock(state_.mutex);
        const auto found = state_.chains.find({type, id});
        if (found == state_.chains.end() || version < 1 || static_cast<std::size_t>(version) > found->second.size())
            return std::optional<Version>();
        const Position position = found->second[static_cast<std::size_t>(version - 1)];
        const Kept& kept = state_.at(position);
        return position <= bound() && !kept.forgotten ? std::optional(kept.version) : std::nullopt;
    }

    base::Result<Page> history(const HistoryScope& scope, const Window& window) override {
        Position before = std::numeric_limits<Position>::max();
        if (!window.after.empty()) {
            TRY(const Cursor cursor, decode_cursor(window.after, 0));
            before = cursor.rank;
        }
        const std::lock_guard lock(state_.mutex);
        Page page;
        page.as_of = window.as_of > 0 ? std::min(window.as_of, bound()) : bound();
        std::int64_t total = 0;
        for (Position p = std::min(page.as_of, before - 1); p >= 1; --p) {
            const Version& v = state_.at(p).version;
            if (state_.at(p).forgotten) continue;
            if ((!scope.type.empty() && v.type != scope.type) || (!scope.id.empty() && v.id != scope.id) ||
                (scope.since != 0 && v.last_updated < scope.since) || (scope.until != 0 && v.last_updated > scope.until))
                continue;
            if (++total > window.count) {
                if (window.count == 0) continue;  // only the number is wanted
                if (!page.entries.empty()) page.next = encode({{}, page.entries.back().position});
                return page;
            }
            page.entries.push_back(v);
        }
        if (window.after.empty()) page.total = total;
        return page;
    }

    base::Result<Page> search(const fhir::search::Query& query, const fhir::search::Reach& reach, const Window& window) override {
        std::optional<Cursor> cursor;
        if (!window.after.empty()) {
            TRY(cursor, decode_cursor(window.after, query.sort.size()));
        }
        struct Hit {
            const Kept* kept;
            Cursor place;
        };
        const auto stands_before = [&](const Cursor& a, const Cursor& b) {
            for (std::size_t i = 0; i < query.sort.size(); ++i) {
                if (fhir::search::sorts_before(query.sort[i], a.values[i], b.values[i])) return true;
                if (fhir::search::sorts_before(query.sort[i], b.values[i], a.values[i])) return false;
            }
            return a.rank < b.rank;
        };
        const std::lock_guard lock(state_.mutex);
        TRY(state_.check_in_use(query, reach));
        Page page;
        page.as_of = window.as_of > 0 ? std::min(window.as_of, bound()) : bound();
        Beside beside(state_, page.as_of, reach);
        std::vector<Hit> hits;
        for (const auto& key : state_.order) {
            if (!query.type.empty() ? key.first != query.type : !asked_for(query, key.first)) continue;
            const Kept* kept = state_.current(key, page.as_of);
            if (!kept || kept->version.deleted() || !in_reach(*kept, reach)) continue;
            const Version& v = kept->version;
            beside.type = v.type;
            if (!fhir::search::matches(query, kept->index, v.id, v.last_updated, &beside)) continue;
            Cursor place{{}, state_.chains.at(key).front()};
            for (const auto& sort : query.sort)
                place.values.push_back(fhir::search::sort_value(sort, kept->index, v.id, v.last_updated));
            hits.push_back({kept, std::move(place)});
        }
        std::sort(hits.begin(), hits.end(), [&](const Hit& a, const Hit& b) { return stands_before(a.place, b.place); });
        const auto total = hits.size();
        const auto wanted = query.summary == fhir::search::Summary::count ? 0 : static_cast<std::size_t>(std::max(window.count, 0));
        std::size_t begin = 0;
        std::size_t end = total;
        if (window.backwards) {
            if (cursor) end = static_cast<std::size_t>(std::find_if(hits.begin(), hits.end(), [&](const Hit& hit) {
                                                           return !stands_before(hit.place, *cursor);
                                                       }) - hits.begin());
            begin = end > wanted ? end - wanted : 0;
        } else {
            if (cursor) begin = static_cast<std::size_t>(std::find_if(hits.begin(), hits.end(), [&](const Hit& hit) {
                                                             return stands_before(*cursor, hit.place);
                                                         }) - hits.begin());
            end = std::min(total, begin + wanted);
        }
        for (std::size_t i = begin; i < end; ++i) page.entries.push_back(hits[i].kept->version);
        if (end > begin) {
            if (end < total) page.next = encode(hits[end - 1].place);
            if (begin > 0) page.previous = encode(hits[begin].place);
        }
        if (query.total == fhir::search::Total::accurate || wanted == 0 || (begin == 0 && end == total))
            page.total = static_cast<std::int64_t>(total);
        return page;
    }

    base::Result<std::vector<Version>> follow(const std::vector<Name>& from, const Step& step, const fhir::search::Reach& reach,
                                              int most) override {
        const std::lock_guard lock(state_.mutex);
        std::set<Name> ends;
        for (const auto& key : state_.order) {
            const Kept* holder = state_.current(key, bound());
            if ((!step.type.empty() && key.first != step.type) || !holder || holder->version.deleted()) continue;
            const Name name{key.first, key.second};
            if (!step.backward && std::find(from.begin(), from.end(), name) == from.end()) continue;
            if (step.backward && !in_reach(*holder, reach)) continue;
            for (const auto& value : holder->index) {
                if (!refers(value, step.parameters) || (!step.target.empty() && value.system != step.target)) continue;
                const Name other{value.system, value.code};
                if (!step.backward) ends.insert(other);
                else if (std::find(from.begin(), from.end(), other) != from.end()) ends.insert(name);
            }
        }
        std::vector<Version> found;
        for (const Name& end : ends) {
            const Kept* kept = state_.current({end.type, end.id}, bound());
            if (!kept || kept->version.deleted() || !in_reach(*kept, reach)) continue;
            if (static_cast<int>(found.size()) == most) break;
            found.push_back(kept->version);
        }
        return found;
    }

    base::Result<Explanation> explain(const fhir::search::Query&, const fhir::search::Reach&) override {
        const std::lock_guard lock(state_.mutex);
        return Explanation{{{"look at every resource", static_cast<std::int64_t>(state_.order.size())}}, ""};
    }

    Position position() const override { return bound_ ? *bound_ : static_cast<Position>(state_.log.size()); }

private:
    // Inside a transaction there is no bound: nobody else appends.
    Position bound() const { return position(); }
    Memory::State& state_;
    std::optional<Position> bound_;
};

class MemoryTransaction final : public Transaction {
public:
    MemoryTransaction(Memory::State& state, base::Micros time) : state_(state), time_(time), now_(state, std::nullopt) {}

    Snapshot& now() override { return now_; }

    base::Result<Written> put(const Put& put) override {
        const std::lock_guard lock(state_.mutex);
        const Kept* old = state_.current({put.type, put.id}, std::numeric_limits<Position>::max());
        if (old && !old->version.deleted() &&
            put.body->stamped(old->version.version, old->version.last_updated) == *old->version.body)
            return Written{old->version, true};
        Kept kept;
        kept.version = {put.type, put.id, old ? old->version.version + 1 : 1, time_, old ? Change::updated : Change::created, 0, nullptr};
        kept.version.body = std::make_shared<const std::string>(put.body->stamped(kept.version.version, time_));
        const Indexing* const now = state_.indexing.get();
        if (now != nullptr && now->values && now->generation != put.generation) kept.index = now->values(put.type, *kept.version.body);
        else if (put.index) kept.index = *put.index;
        return append(std::move(kept));
    }

    base::Result<Written> remove(const std::string& type, const std::string& id) override {
        const std::lock_guard lock(state_.mutex);
        const Kept* old = state_.current({type, id}, std::numeric_limits<Position>::max());
        if (!old) return Written{Version{type, id, 0, 0, Change::deleted, 0, nullptr}, true};
        if (old->version.deleted()) return Written{old->version, true};
        Kept kept;
        kept.version = {type, id, old->version.version + 1, time_, Change::deleted, 0, nullptr};
        return append(std::move(kept));
    }

    base::Result<std::int64_t> forget(const std::string& type, const std::string& id,
                                      const std::vector<std::int64_t>& versions) override {
        const std::lock_guard lock(state_.mutex);
        const auto chain = state_.chains.find({type, id});
        std::int64_t gone = 0;
        for (const std::int64_t version : versions) {
            if (chain == state_.chains.end() || version < 1 || static_cast<std::size_t>(version) > chain->second.size()) continue;
            if (static_cast<std::size_t>(version) == chain->second.size()) return current_stays();
            Kept& kept = state_.log[static_cast<std::size_t>(chain->second[static_cast<std::size_t>(version - 1)] - 1)];
            if (kept.forgotten) continue;
            forgotten_.push_back(kept);
            kept.version.body.reset();
            kept.index.clear();
            kept.forgotten = true;
            ++gone;
        }
        return gone;
    }

    base::Result<void> settle(std::int64_t entry, const durable::Settlement& settlement) override {
        TRY(state_.journal.check(entry, settlement));
        TRY(const auto found, state_.journal.read(entry));
        if (found) origin_ = found->channel;
        settled_.push_back({entry, settlement, static_cast<Position>(state_.log.size())});
        return {};
    }

    base::Result<void> enter(const durable::Arrival& message, const durable::Settlement& settlement) override {
        TRY(const auto known, state_.journal.find(std::string(message.channel), std::string(message.control_id), message.bytes));
        if (known) return base::Fault{base::Fault::Kind::conflict, "the message is in the journal already"};
        origin_ = message.channel;
        entered_.push_back({std::string(message.channel), std::string(message.control_id), std::string(message.bytes), message.received,
                            settlement, static_cast<Position>(state_.log.size())});
        return {};
    }

    base::Micros time() const override { return time_; }

    void commit() {
        for (const Settled& one : settled_) (void)state_.journal.settle(one.entry, one.settlement, state_.committed, one.wrote_until);
        for (const Entered& one : entered_) {
            const auto entry = state_.journal.record(one.channel, one.control_id, one.bytes, one.received);
            if (entry) (void)state_.journal.settle(entry->number, one.settlement, state_.committed, one.wrote_until);
        }
        const std::lock_guard lock(state_.mutex);
        for (auto at = static_cast<std::size_t>(state_.committed); at < state_.log.size(); ++at) state_.log[at].origin = origin_;
        state_.committed = static_cast<Position>(state_.log.size());
        state_.last_time = time_;
    }

    void take_back() {
        const std::lock_guard lock(state_.mutex);
        for (const Kept& kept : forgotten_) state_.log[static_cast<std::size_t>(kept.version.position - 1)] = kept;
        while (static_cast<Position>(state_.log.size()) > state_.committed) {
            const Version& v = state_.log.back().version;
            const auto chain = state_.chains.find({v.type, v.id});
            chain->second.pop_back();
            if (chain->second.empty()) {
                state_.chains.erase(chain);
                state_.order.pop_back();
            }
            state_.log.pop_back();
        }
    }

private:
    struct Settled {
        std::int64_t entry;
        durable::Settlement settlement;
        Position wrote_until;
    };

    struct Entered {
        std::string channel;
        std::string control_id;
        std::string bytes;
        base::Micros received;
        durable::Settlement settlement;
        Position wrote_until;
    };

    Written append(Kept kept) {
        Version& v = kept.version;
        v.position = static_cast<Position>(state_.log.size()) + 1;
        kept.content = base::sha256(v.body ? std::string_view(*v.body) : std::string_view());
        const base::Digest before = state_.log.empty() ? base::Digest{} : state_.log.back().hash;
        kept.hash = chained(before, {v.position, v.last_updated, v.type, v.id, v.version, v.change, kept.content, {}});
        auto& chain = state_.chains[{v.type, v.id}];
        if (chain.empty()) state_.order.emplace_back(v.type, v.id);
        chain.push_back(v.position);
        state_.log.push_back(std::move(kept));
        return {state_.log.back().version, false};
    }

    Memory::State& state_;
    base::Micros time_;
    MemorySnapshot now_;
    std::vector<Settled> settled_;
    std::vector<Entered> entered_;
    std::string origin_;
    std::vector<Kept> forgotten_;  // as they were, until it is committed
};

}  // namespace

Memory::Memory(const base::Clock& clock) : state_(std::make_unique<State>(clock)) {}
Memory::~Memory() = default;

std::unique_ptr<Snapshot> Memory::snapshot() {
    const std::lock_guard lock(state_->mutex);
    return std::make_unique<MemorySnapshot>(*state_, state_->committed);
}

base::Result<void> Memory::write(const Work& work) {
    const std::lock_guard one_at_a_time(state_->writing);
    // Clients see milliseconds; what is stored is what they see.
    const base::Micros time = std::max(state_->clock.now() / 1000 * 1000, state_->last_time);
    MemoryTransaction transaction(*state_, time);
    base::Result<void> result;
    try {
        result = work(transaction);
    } catch (...) {
        transaction.take_back();
        throw;
    }
    if (!result) {
        transaction.take_back();
        return result;
    }
    transaction.commit();
    state_->ledger.tide.rise(state_->committed);
    return result;
}

base::Result<void> Memory::adopt(std::shared_ptr<const Indexing> indexing) {
    const std::lock_guard one_at_a_time(state_->writing);
    {
        const std::lock_guard lock(state_->mutex);
        state_->indexing = std::move(indexing);
    }
    state_->index_anew();
    return {};
}

base::Result<void> Memory::index_anew() {
    const std::lock_guard one_at_a_time(state_->writing);
    state_->index_anew();
    return {};
}

durable::Journal& Memory::journal() { return state_->journal; }
durable::Records& Memory::records() { return state_->records; }
Ledger& Memory::ledger() { return state_->ledger; }
durable::Outbox& Memory::outbox() { return state_->outbox; }

}  // namespace store
