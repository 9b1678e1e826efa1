// SPDX-License-Identifier: Apache-2.0
#include "store/relational/engine.h"

#include "store/relational/filling.h"
#include "store/relational/journal.h"
#include "store/relational/migrate.h"
#include "store/relational/transaction.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

namespace store {

using base::Fault;

namespace {

// The lock that keeps a second process away; the system takes it back when the process ends, however it ends.
class Lock {
public:
    static base::Result<Lock> take(const std::string& path) {
        Lock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (lock.file_ < 0) return Fault{Fault::Kind::unavailable, fmt::format("{} cannot be opened", path)};
        if (::flock(lock.file_, LOCK_EX | LOCK_NB) != 0)
            return Fault{Fault::Kind::conflict, "the database is in use by another process"};
        return lock;
    }
    Lock(Lock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
    Lock& operator=(Lock&&) = delete;
    ~Lock() {
        if (file_ >= 0) ::close(file_);
    }

private:
    explicit Lock(int file) : file_(file) {}
    int file_;
};

// One moment, in a read transaction of its own.
class Moment final : public Snapshot {
public:
    Moment(relational::Pool& pool, const std::atomic<bool>& filling) : pool_(pool), filling_(filling) { begun_ = begin(); }
    Moment(const Moment&) = delete;
    Moment& operator=(const Moment&) = delete;
    ~Moment() override {
        if (!session_) return;
        if (end()) pool_.give_back(std::move(session_));
    }

    base::Result<std::optional<Version>> read(const std::string& type, const std::string& id) override {
        TRY(begun_);
        return reader_->read(type, id);
    }
    base::Result<std::optional<Version>> vread(const std::string& type, const std::string& id, std::int64_t version) override {
        TRY(begun_);
        return reader_->vread(type, id, version);
    }
    base::Result<Page> history(const HistoryScope& scope, const Window& window) override {
        TRY(begun_);
        return reader_->history(scope, window);
    }
    base::Result<Page> search(const fhir::search::Query& query, const fhir::search::Reach& reach, const Window& window) override {
        TRY(begun_);
        return reader_->search(query, reach, window);
    }
    base::Result<std::vector<Version>> follow(const std::vector<Name>& from, const Step& step, const fhir::search::Reach& reach,
                                              int most) override {
        TRY(begun_);
        return reader_->follow(from, step, reach, most);
    }
    base::Result<Explanation> explain(const fhir::search::Query& query, const fhir::search::Reach& reach) override {
        TRY(begun_);
        return reader_->explain(query, reach);
    }
    Position position() const override { return reader_ ? reader_->position() : 0; }

private:
    base::Result<void> begin() {
        TRY(session_, pool_.take());
        session_->filling = filling_;  // before the moment is fixed: what was filled then is seen
        {
            TRY(auto statement, session_->connection->prepare("begin"));
            TRY(statement.run());
        }
        // The first question fixes the moment.
        TRY(const Position position, session_->connection->number("select max(position) from ledger"));
        reader_.emplace(*session_, position);
        return {};
    }

    base::Result<void> end() {
        TRY(auto statement, session_->connection->prepare("commit"));
        return session_->connection->in_transaction() ? statement.run() : base::Result<void>();
    }

    relational::Pool& pool_;
    const std::atomic<bool>& filling_;
    std::unique_ptr<relational::Session> session_;
    std::optional<relational::Reader> reader_;
    base::Result<void> begun_;
};

}  // namespace

struct Relational::Inside {
    Inside(Lock its_lock, std::vector<std::int64_t> numbers, const RelationalOptions& options)
        : lock(std::move(its_lock)), parameters(std::move(numbers)), recent(options.recent_bytes),
          index(options.index), pool(options.path, parameters, options.statement_limit, &index,
                                               {options.tuning.few, options.tuning.longest_walk, options.tuning.most_moved}) {}

    Lock lock;
    std::vector<std::int64_t> parameters;
    std::atomic<bool> filling{false};  // from opening until fill() found nothing left
    Tide tide;
    relational::Recent recent;
    relational::Index index;
    relational::Pool pool;
    std::unique_ptr<relational::Writer> writer;
    std::optional<relational::Journal> journal;
    std::optional<relational::Records> records;
    std::optional<relational::LedgerReader> ledger;
};

base::Result<std::unique_ptr<Relational>> Relational::open(const RelationalOptions& options, const base::Clock& clock) {
    TRY(Lock lock, Lock::take(options.path + ".lock"));
    TRY(auto connection, sql::Connection::open(options.path, sql::Mode::write));
    TRY(connection->execute("pragma page_size = 8192; pragma journal_mode = wal; pragma synchronous = full; "
                            "pragma wal_autocheckpoint = 0; pragma journal_size_limit = 67108864; "
                            "pragma cache_size = -24000; pragma temp_store = memory"));
    TRY(relational::migrate(*connection));
    if (options.most_pages > 0) TRY(connection->execute(fmt::format("pragma max_page_count = {}", options.most_pages)));
    TRY(auto numbers, relational::number_parameters(*connection, options.parameters, options.meanings));
    TRY(const bool filling, relational::lacks_rows(*connection));
    auto inside = std::make_unique<Inside>(std::move(lock), std::move(numbers), options);
    inside->filling = filling;
    TRY(inside->writer, relational::Writer::start(options.path, std::move(connection), inside->parameters, clock, inside->tide,
                                                   inside->recent, filling));
    inside->journal.emplace(*inside->writer, inside->pool);
    inside->records.emplace(*inside->writer, inside->pool);
    inside->ledger.emplace(inside->tide, inside->pool);
    return std::unique_ptr<Relational>(new Relational(std::move(inside)));
}

Relational::Relational(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
Relational::~Relational() = default;

std::unique_ptr<Snapshot> Relational::snapshot() { return std::make_unique<Moment>(inside_->pool, inside_->filling); }

// One statement sees one moment, so this needs no transaction.
base::Result<std::optional<Version>> Relational::read(const std::string& type, const std::string& id) {
    relational::Recent::Ticket ticket;
    if (auto known = inside_->recent.find(type, id, ticket)) return known;
    TRY(auto session, inside_->pool.take());
    TRY(auto found, relational::Reader(*session, 0).read(type, id));
    inside_->pool.give_back(std::move(session));
    if (found) inside_->recent.offer(*found, ticket);
    return found;
}

base::Result<void> Relational::write(const Work& work) {
    return inside_->writer->write([&](relational::Desk& desk) {
        relational::Working transaction(desk);
        return work(transaction);
    });
}

base::Result<std::vector<std::uint32_t>> Relational::unfilled() {
    std::vector<std::uint32_t> found;
    if (!inside_->filling) return found;
    TRY(auto session, inside_->pool.take());
    TRY(const auto numbers, relational::lacking(*session->connection));
    inside_->pool.give_back(std::move(session));
    for (std::size_t i = 0; i < inside_->parameters.size(); ++i)
        if (std::binary_search(numbers.begin(), numbers.end(), inside_->parameters[i])) found.push_back(static_cast<std::uint32_t>(i));
    return found;
}

base::Result<bool> Relational::fill(const Index& index, int most) {
    if (!inside_->filling) return false;
    struct Stored {
        std::int64_t rid, type;
        Position position;
        std::vector<fhir::search::IndexValue> values;
    };
    std::vector<Stored> batch;
    std::int64_t last = 0;
    int seen = 0;
    TRY(auto session, inside_->pool.take());
    TRY(const auto numbers, relational::lacking(*session->connection));
    {
        TRY(auto select, session->connection->prepare("select r.rid, r.type, r.position, t.name, r.body, r.change from resource r join type t on t.id = r.type "
                                                      "where r.rid > (select min(filled) from parameter) order by r.rid limit ?"));
        select.bind(std::int64_t{most});
        while (!numbers.empty()) {
            TRY(const bool row, select.step());
            if (!row) break;
            ++seen;
            last = select.integer(0);
            if (static_cast<Change>(select.integer(5)) == Change::deleted) continue;
            batch.push_back({last, select.integer(1), select.integer(2), index(std::string(select.text(3)), std::string(select.blob(4)))});
        }
    }
    inside_->pool.give_back(std::move(session));
    const bool more = seen == most;
    const relational::Task task = [&](relational::Desk& desk) -> base::Result<void> {
        relational::Working transaction(desk);
        for (const Stored& one : batch) TRY(transaction.reindex(one.rid, one.position, one.type, one.values, numbers));
        sql::Connection& connection = *desk.session.connection;
        if (!more) return connection.execute("update parameter set filled = null where filled is not null");
        TRY(auto update, connection.prepare("update parameter set filled = ? where filled is not null"));
        return update.bind(last).run();
    };
    TRY(inside_->writer->write(task));
    if (!more) inside_->filling = false;
    return more;
}

bool Relational::writable() const { return !inside_->writer->broken(); }

durable::Journal& Relational::journal() { return *inside_->journal; }
durable::Records& Relational::records() { return *inside_->records; }
Ledger& Relational::ledger() { return *inside_->ledger; }

base::Result<void> Relational::check() {
    TRY(auto session, inside_->pool.take());
    {
        TRY(auto statement, session->connection->prepare("pragma integrity_check(1)"));
        TRY(const bool row, statement.step());
        if (!row || statement.text(0) != "ok")
            return Fault{Fault::Kind::conflict, "the database file is damaged; restore it from a backup"};
    }
    inside_->pool.give_back(std::move(session));
    TRY(verify(ledger()));
    return {};
}

}  // namespace store
