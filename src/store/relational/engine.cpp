// SPDX-License-Identifier: Apache-2.0
#include "store/relational/engine.h"

#include "store/relational/filling.h"
#include "store/relational/journal.h"
#include "store/relational/migrate.h"
#include "store/relational/outbox.h"
#include "store/relational/transaction.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <unistd.h>

namespace store {

using base::Fault;

namespace {

// The lock that keeps a second process away; the system takes it back when the process ends, however it ends. Its first byte tells whether the
// last process closed the database, the rest which database it is: the hash of the ledger's first entry.
class Lock {
public:
    static base::Result<Lock> take(const std::string& path) {
        Lock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
        if (lock.file_ < 0) return Fault{Fault::Kind::unavailable, fmt::format("{} cannot be opened", path)};
        if (::flock(lock.file_, LOCK_EX | LOCK_NB) != 0)
            return Fault{Fault::Kind::conflict, "the database is in use by another process"};
        char last = closed;
        lock.left_open_ = ::pread(lock.file_, &last, 1, 0) == 1 && last != closed;
        lock.note(open);
        return lock;
    }
    Lock(Lock&& other) noexcept : file_(std::exchange(other.file_, -1)), left_open_(other.left_open_) {}
    Lock& operator=(Lock&&) = delete;
    ~Lock() {
        if (file_ < 0) return;
        note(closed);
        ::close(file_);
    }
    bool left_open() const { return left_open_; }
    // False: another database was here the last time.
    bool is_of(std::string_view database) {
        std::string known(database.size(), '\0');
        const ssize_t read = ::pread(file_, known.data(), known.size(), 1);
        if (read == static_cast<ssize_t>(known.size())) return known == database;
        [[maybe_unused]] const auto noted = ::pwrite(file_, database.data(), database.size(), 1);
        return true;
    }

private:
    static constexpr char open = 'o', closed = 'c';
    explicit Lock(int file) : file_(file) {}
    // What cannot be noted (a full disk) only spares a remark at the next start.
    void note(char state) { [[maybe_unused]] const auto noted = ::pwrite(file_, &state, 1, 0); }
    int file_;
    bool left_open_ = false;
};

constexpr Position looked_at = 200;

// The last entries of the ledger follow from each other. They do not when pages of another database got into the file, by its log for instance.
base::Result<void> sound_end(Ledger& ledger, Position last) {
    TRY(const auto entries, ledger.read(std::max<Position>(0, last - looked_at), static_cast<int>(looked_at)));
    for (std::size_t i = 1; i < entries.size(); ++i)
        if (entries[i].position != entries[i - 1].position + 1 || entries[i].hash != chained(entries[i - 1].hash, entries[i]))
            return Fault{Fault::Kind::conflict, fmt::format("the ledger is broken at position {}: the file or its log is damaged or another's; restore a backup", entries[i].position)};
    return {};
}

// One moment, in a read transaction of its own.
class Moment final : public Snapshot {
public:
    Moment(relational::Pool& pool, const std::atomic<bool>& filling) : pool_(pool), filling_(filling) { begun_ = begin(); }
    Moment(const Moment&) = delete;
    Moment& operator=(const Moment&) = delete;
    ~Moment() override {
        if (session_ && end()) pool_.give_back(std::move(session_));
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
        const bool before = filling_;  // before the moment is fixed: what was filled then is seen
        {
            TRY(auto statement, session_->connection->prepare("begin"));
            TRY(statement.run());
        }
        // The first question fixes the moment.
        TRY(const Position position, session_->connection->number("select max(position) from ledger"));
        session_->filling = before || filling_;  // behind it: what is new is not missed
        reader_.emplace(*session_, position);
        return {};
    }

    // False: SQLite has given the transaction up, and with it temporary tables that the session remembers.
    bool end() {
        if (!session_->connection->in_transaction()) return false;
        auto statement = session_->connection->prepare("commit");
        return statement && statement->run();
    }

    relational::Pool& pool_;
    const std::atomic<bool>& filling_;
    std::unique_ptr<relational::Session> session_;
    std::optional<relational::Reader> reader_;
    base::Result<void> begun_;
};

std::shared_ptr<const Indexing> indexing_of(const RelationalOptions& options) {
    auto indexing = std::make_shared<Indexing>();
    for (const std::string& url : options.parameters) indexing->entries.push_back({url, "as ever", {"*"}, true});
    indexing->values = options.values;
    return indexing;
}

}  // namespace

struct Relational::Inside {
    Inside(Lock its_lock, const RelationalOptions& options)
        : lock(std::move(its_lock)), recent(options.recent_bytes),
          pool(options.path, current, options.statement_limit,
               {options.tuning.few, options.tuning.longest_walk, options.tuning.most_moved}) {}

    Lock lock;
    bool log_lost = false;
    relational::Current current{std::make_shared<const relational::Known>()};
    std::mutex adopting;               // one at a time; guards what follows
    std::atomic<bool> filling{false};  // parameters may lack rows, or be out of use: searches look before they answer
    bool withdrawn = false;            // some went out of use since the start
    bool refused = false;              // the last adoption was not written
    std::mutex waking;
    std::condition_variable_any wake;
    bool awake = true;                 // there may be something to fill
    Tide tide;
    relational::Recent recent;
    std::unique_ptr<relational::Writer> writer;  // closed behind the readers: the last to close writes the log back, which who only reads cannot
    relational::Pool pool;
    std::optional<relational::Journal> journal;
    std::optional<relational::Records> records;
    std::optional<relational::LedgerReader> ledger;
    std::optional<relational::Outbox> outbox;
};

base::Result<std::unique_ptr<Relational>> Relational::open(const RelationalOptions& options, const base::Clock& clock) {
    TRY(Lock lock, Lock::take(options.path + ".lock"));
    const bool log_lost = lock.left_open() && ::access(options.path.c_str(), F_OK) == 0 && ::access((options.path + "-wal").c_str(), F_OK) != 0;
    TRY(auto connection, sql::Connection::open(options.path, sql::Mode::write));
    TRY(connection->execute("pragma page_size = 4096; pragma journal_mode = wal; pragma synchronous = full; "
                            "pragma wal_autocheckpoint = 0; pragma journal_size_limit = 134217728; "
                            "pragma cache_size = -24000; pragma temp_store = memory; pragma secure_delete = on"));
    TRY(relational::migrate(*connection));
    TRY(relational::define_functions(*connection));
    if (options.most_pages > 0) TRY(connection->execute(fmt::format("pragma max_page_count = {}", options.most_pages)));
    auto inside = std::make_unique<Inside>(std::move(lock), options);
    if (!options.parameters.empty()) {
        TRY(connection->execute("begin immediate"));
        TRY(auto known, relational::take_up(*connection, *inside->current.get(), indexing_of(options)));
        TRY(connection->execute("commit"));
        inside->current.set(std::move(known));
    }
    TRY(inside->filling, relational::lacks_rows(*connection));
    TRY(inside->writer, relational::Writer::start(options.path, std::move(connection), inside->current.get(), clock, inside->tide,
                                                   inside->recent, inside->filling));
    inside->journal.emplace(*inside->writer, inside->pool);
    inside->records.emplace(*inside->writer, inside->pool);
    inside->ledger.emplace(inside->tide, inside->pool);
    inside->outbox.emplace(*inside->writer, inside->pool);
    inside->log_lost = log_lost;
    TRY(sound_end(*inside->ledger, inside->tide.level()));
    TRY(const auto first, inside->ledger->read(0, 1));
    if (!first.empty() && !inside->lock.is_of(base::hex(base::view(first.front().hash))))
        return Fault{Fault::Kind::conflict, "this is not the database that was here: its log or the file is another's; when that is meant, remove the .lock beside it"};
    return std::unique_ptr<Relational>(new Relational(std::move(inside)));
}

Relational::Relational(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
Relational::~Relational() = default;

std::unique_ptr<Snapshot> Relational::snapshot() { return std::make_unique<Moment>(inside_->pool, inside_->filling); }

std::optional<Version> Relational::remembered(const std::string& type, const std::string& id) {
    relational::Recent::Ticket unused;
    return inside_->recent.find(type, id, unused);
}

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

namespace {
relational::Task task_of(const Work& work) {
    return [&work](relational::Desk& desk) {
        relational::Working transaction(desk);
        if (auto done = work(transaction); !done) return done;
        return transaction.note_origin();
    };
}
}  // namespace

base::Result<void> Relational::write(const Work& work) { return inside_->writer->write(task_of(work)); }

base::Result<void> Relational::write_repeatable(const Work& work) {
    return inside_->writer->write(task_of(work), relational::Runs::again);
}

base::Result<void> Relational::adopt(std::shared_ptr<const Indexing> indexing) {
    const std::lock_guard one_at_a_time(inside_->adopting);
    const auto before = inside_->current.get();
    for (std::size_t i = 0; before->indexing != nullptr && i < before->indexing->entries.size(); ++i)
        inside_->withdrawn = inside_->withdrawn || (before->indexing->entries[i].in_use && (i >= indexing->entries.size() || !indexing->entries[i].in_use));
    inside_->filling = true;  // before it is true, so that nobody sees a part of it without looking
    std::shared_ptr<const relational::Known> known;
    const relational::Task task = [&](relational::Desk& desk) -> base::Result<void> {
        TRY(known, relational::take_up(*desk.session.connection, *desk.session.known, indexing));
        desk.session.know(known);  // for whoever comes behind in this very commit
        desk.session.filling = true;
        return {};
    };
    if (auto done = inside_->writer->write(task); !done) {
        // Whoever fills may be the one to try again; in vain once more it would wake itself without end.
        if (!std::exchange(inside_->refused, true)) rouse();
        return done;
    }
    inside_->refused = false;
    inside_->current.set(known);
    rouse();
    (void)settle_filling();  // it is durable, whatever comes of the look behind it: without that searches go on looking before they answer
    return {};
}

// Whether searches have to look before they answer. `adopting` is held.
base::Result<void> Relational::settle_filling() {
    if (inside_->withdrawn) return {};
    TRY(auto session, inside_->pool.take());
    TRY(const bool lacking, relational::lacks_rows(*session->connection));
    inside_->pool.give_back(std::move(session));
    if (!lacking) inside_->filling = false;
    return {};
}

void Relational::rouse() {
    {
        const std::lock_guard lock(inside_->waking);
        inside_->awake = true;
    }
    inside_->wake.notify_all();
}

bool Relational::await_filling(std::stop_token stop, std::chrono::milliseconds longest) {
    std::unique_lock lock(inside_->waking);
    const auto awake = [this] { return inside_->awake; };
    if (longest == std::chrono::milliseconds::max()) inside_->wake.wait(lock, std::move(stop), awake);
    else inside_->wake.wait_for(lock, std::move(stop), longest, awake);
    return std::exchange(inside_->awake, false);
}

base::Result<std::vector<Filling>> Relational::filling() {
    TRY(auto session, inside_->pool.take());
    TRY(auto all, relational::fillings(*session));
    inside_->pool.give_back(std::move(session));
    return all;
}

base::Result<void> Relational::index_anew() {
    TRY(inside_->writer->write([](relational::Desk& desk) { return relational::note_all(*desk.session.connection); }));
    rouse();
    return {};
}

base::Result<bool> Relational::fill(int most) {
    struct Stored {
        std::int64_t rid;
        Position position;
        std::vector<fhir::search::IndexValue> values;
    };
    std::vector<Stored> batch;
    TRY(auto session, inside_->pool.take());
    const auto known = session->known;
    std::optional<relational::Stretch> found;
    if (known->indexing != nullptr && known->indexing->values) {
        TRY(found, relational::next_stretch(*session->connection));
    }
    if (!found) {
        inside_->pool.give_back(std::move(session));
        return false;
    }
    const relational::Stretch& stretch = *found;
    {
        TRY(auto select, session->connection->prepare("select rid, position, body from resource where type = ? and change <> 2 and rid > ? and rid <= ? "
                                                      "order by rid limit ?"));
        select.bind(stretch.type).bind(stretch.from).bind(stretch.to).bind(std::int64_t{most});
        while (true) {
            TRY(const bool row, select.step());
            if (!row) break;
            batch.push_back({select.integer(0), select.integer(1), known->indexing->values(stretch.type_name, std::string(select.blob(2)))});
        }
    }
    inside_->pool.give_back(std::move(session));
    const bool whole = batch.size() < static_cast<std::size_t>(most);
    const relational::Task task = [&](relational::Desk& desk) -> base::Result<void> {
        if (desk.session.known != known) return {};  // other parameters came meanwhile: these values may mean something else
        relational::Working transaction(desk);
        for (const Stored& one : batch) TRY(transaction.reindex(one.rid, one.position, stretch.type, one.values, stretch.parameters));
        return relational::note_done(*desk.session.connection, stretch, whole ? stretch.to : batch.back().rid, static_cast<std::int64_t>(batch.size()));
    };
    TRY(inside_->writer->write(task));
    // What is done is done: when the look behind it fails there may be more, and the next call says what is wrong.
    const std::lock_guard no_adoption(inside_->adopting);
    (void)settle_filling();
    auto look = inside_->pool.take();
    if (!look) return true;
    const auto more = relational::has_to_fill(*(*look)->connection);
    if (!more) return true;
    inside_->pool.give_back(*std::move(look));
    return *more;
}

bool Relational::log_lost() const { return inside_->log_lost; }

bool Relational::writable() const { return !inside_->writer->broken(); }

durable::Journal& Relational::journal() { return *inside_->journal; }
durable::Records& Relational::records() { return *inside_->records; }
Ledger& Relational::ledger() { return *inside_->ledger; }
durable::Outbox& Relational::outbox() { return *inside_->outbox; }

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
