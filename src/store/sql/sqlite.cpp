// SPDX-License-Identifier: Apache-2.0
#include "store/sql/sqlite.h"

#include "store/sql/gathered_log.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <optional>

#include <unordered_map>
#include <vector>

namespace store::sql {

using base::Fault;
using Steady = std::chrono::steady_clock;

struct Statement::Kept {
    sqlite3_stmt* statement = nullptr;
    Connection::Inside* home = nullptr;
    bool busy = false;
    bool passing = false;  // made while its twin was in use; finalized when given back
};

namespace {
struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};
constexpr std::size_t most_kept = 160;
constexpr int steps_between_looks = 20'000;
constexpr int pages_a_step = 512;

// A path as SQLite reads it in a URI.
std::string in_uri(std::string_view path) {
    std::string text;
    for (const char c : path) {
        if (c == '?' || c == '#' || c == '%') fmt::format_to(std::back_inserter(text), "%{:02x}", c);
        else text.push_back(c);
    }
    return text;
}
}  // namespace

struct Connection::Inside {
    sqlite3* handle = nullptr;
    std::unordered_map<std::string, std::unique_ptr<Statement::Kept>, TextHash, std::equal_to<>> kept;
    Trouble trouble = Trouble::none;
    bool limited = false;
    Steady::time_point deadline;
    std::optional<Steady::time_point> end;  // for all limited statements
    std::function<void(int)> told;

    Fault fault(int code) {
        switch (code & 0xff) {
            case SQLITE_FULL: trouble = Trouble::full; break;
            case SQLITE_IOERR:
            case SQLITE_READONLY:
            case SQLITE_CANTOPEN: trouble = Trouble::disk; break;
            case SQLITE_INTERRUPT: trouble = Trouble::interrupted; break;
            default: trouble = Trouble::other;
        }
        switch (code & 0xff) {
            case SQLITE_INTERRUPT:
                return {Fault::Kind::too_costly, "the search takes too long; narrow it by a type, a patient or a date"};
            case SQLITE_TOOBIG: return {Fault::Kind::too_large, "larger than the database can keep"};
            case SQLITE_FULL: return {Fault::Kind::unavailable, "the disk is full", {}, base::IssueType::no_store};
            case SQLITE_IOERR:
            case SQLITE_READONLY:
            case SQLITE_CANTOPEN:
            case SQLITE_BUSY:
            case SQLITE_LOCKED:
            case SQLITE_NOMEM:
                return {Fault::Kind::unavailable, fmt::format("the database refuses: {} ({})", sqlite3_errstr(code), code)};
            default: return {Fault::Kind::bug, fmt::format("the database reports: {} ({})", sqlite3_errstr(code), code)};
        }
    }
};

Statement::Statement(Kept* kept) : kept_(kept) { kept_->busy = true; }
Statement::Statement(Statement&& other) noexcept
    : kept_(std::exchange(other.kept_, nullptr)), bound_(other.bound_), refused_(other.refused_) {}

Statement::~Statement() {
    if (!kept_) return;
    if (kept_->passing) {
        sqlite3_finalize(kept_->statement);
        delete kept_;
        return;
    }
    sqlite3_reset(kept_->statement);
    kept_->busy = false;
}

Statement& Statement::bind(std::int64_t value) {
    note(sqlite3_bind_int64(kept_->statement, ++bound_, value));
    return *this;
}

Statement& Statement::bind(double value) {
    note(sqlite3_bind_double(kept_->statement, ++bound_, value));
    return *this;
}

// An empty view may carry a null pointer, which SQLite would read as NULL.
Statement& Statement::bind(std::string_view text) {
    note(sqlite3_bind_text64(kept_->statement, ++bound_, text.data() ? text.data() : "", text.size(), SQLITE_STATIC, SQLITE_UTF8));
    return *this;
}

Statement& Statement::bind_blob(std::string_view bytes) {
    note(sqlite3_bind_blob64(kept_->statement, ++bound_, bytes.data() ? bytes.data() : "", bytes.size(), SQLITE_STATIC));
    return *this;
}

Statement& Statement::bind_null() {
    note(sqlite3_bind_null(kept_->statement, ++bound_));
    return *this;
}

base::Result<bool> Statement::step() {
    if (refused_ != 0) return kept_->home->fault(refused_);
    const int code = sqlite3_step(kept_->statement);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return kept_->home->fault(sqlite3_extended_errcode(kept_->home->handle));
}

base::Result<void> Statement::run() {
    bool row = true;
    while (row) {
        TRY(row, step());
    }
    sqlite3_reset(kept_->statement);
    bound_ = 0;
    return {};
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(kept_->statement, column); }
double Statement::real(int column) const { return sqlite3_column_double(kept_->statement, column); }
bool Statement::null(int column) const { return sqlite3_column_type(kept_->statement, column) == SQLITE_NULL; }

std::string_view Statement::text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(kept_->statement, column));
    return {bytes ? bytes : "", static_cast<std::size_t>(sqlite3_column_bytes(kept_->statement, column))};
}

std::string_view Statement::blob(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(kept_->statement, column));
    return {bytes ? bytes : "", static_cast<std::size_t>(sqlite3_column_bytes(kept_->statement, column))};
}

Connection::Connection() : inside_(std::make_unique<Inside>()) {}

Connection::~Connection() {
    for (auto& one : inside_->kept) sqlite3_finalize(one.second->statement);
    if (inside_->handle) sqlite3_close_v2(inside_->handle);
}

base::Result<std::unique_ptr<Connection>> Connection::open(const std::string& path, Mode mode) {
    // SQLite counts its memory under a lock that all connections share; nobody asks for that number.
    [[maybe_unused]] static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    std::unique_ptr<Connection> connection(new Connection());
    Inside& inside = *connection->inside_;
    const int flags = (mode == Mode::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY) |
                      (mode == Mode::still ? SQLITE_OPEN_URI : 0) | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    const std::string name = mode == Mode::still ? fmt::format("file:{}?immutable=1", in_uri(path)) : path;
    if (const int code = sqlite3_open_v2(name.c_str(), &inside.handle, flags, gathered_log()); code != SQLITE_OK)
        return inside.fault(code);
    sqlite3_extended_result_codes(inside.handle, 1);
    sqlite3_busy_timeout(inside.handle, 5000);
    sqlite3_db_config(inside.handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(inside.handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    return connection;
}

base::Result<Statement> Connection::prepare(std::string_view text) {
    Inside& inside = *inside_;
    const auto found = inside.kept.find(text);
    if (found != inside.kept.end() && !found->second->busy) return Statement(found->second.get());

    if (inside.kept.size() >= most_kept)
        std::erase_if(inside.kept, [](const auto& one) {
            if (!one.second->busy) sqlite3_finalize(one.second->statement);
            return !one.second->busy;
        });
    auto kept = std::make_unique<Statement::Kept>();
    kept->home = &inside;
    const int code = sqlite3_prepare_v3(inside.handle, text.data(), static_cast<int>(text.size()), SQLITE_PREPARE_PERSISTENT,
                                        &kept->statement, nullptr);
    if (code != SQLITE_OK) return inside.fault(sqlite3_extended_errcode(inside.handle));
    kept->passing = inside.kept.contains(text);
    if (kept->passing) return Statement(kept.release());
    Statement::Kept* const borrowed = kept.get();
    inside.kept.emplace(std::string(text), std::move(kept));
    return Statement(borrowed);
}

base::Result<void> Connection::execute(const std::string& script) {
    if (sqlite3_exec(inside_->handle, script.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
        return inside_->fault(sqlite3_extended_errcode(inside_->handle));
    return {};
}

base::Result<std::int64_t> Connection::number(std::string_view text) {
    TRY(auto statement, prepare(text));
    TRY(const bool row, statement.step());
    return row ? statement.integer(0) : 0;
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(inside_->handle) == 0; }
std::int64_t Connection::all_changes() const { return sqlite3_total_changes64(inside_->handle); }
std::int64_t Connection::last_rowid() const { return sqlite3_last_insert_rowid(inside_->handle); }
std::int64_t Connection::changes() const { return sqlite3_changes64(inside_->handle); }
Trouble Connection::trouble() const { return inside_->trouble; }

base::Result<void> Connection::define(const char* name, FourNumbers function) {
    const auto call = [](sqlite3_context* context, int, sqlite3_value** values) {
        const auto number = [&](int i) { return sqlite3_value_double(values[i]); };
        const auto wanted = reinterpret_cast<FourNumbers>(sqlite3_user_data(context));
        sqlite3_result_double(context, wanted(number(0), number(1), number(2), number(3)));
    };
    const int code = sqlite3_create_function_v2(inside_->handle, name, 4, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY,
                                                reinterpret_cast<void*>(function), call, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return inside_->fault(code);
    return {};
}

void Connection::limit(std::chrono::milliseconds longest) {
    Inside& inside = *inside_;
    if (longest.count() == 0) {
        if (inside.limited) sqlite3_progress_handler(inside.handle, 0, nullptr, nullptr);
        inside.limited = false;
        return;
    }
    inside.deadline = Steady::now() + longest;
    if (inside.end) inside.deadline = std::min(inside.deadline, *inside.end);
    if (inside.limited) return;
    inside.limited = true;
    const auto look = [](void* self) { return Steady::now() > static_cast<Inside*>(self)->deadline ? 1 : 0; };
    sqlite3_progress_handler(inside.handle, steps_between_looks, look, &inside);
}

Connection::Deadline::Deadline(std::chrono::milliseconds longest) : at_(Steady::now() + longest) {}

bool Connection::Deadline::passed() const { return Steady::now() > at_; }

void Connection::allow(std::chrono::milliseconds altogether) {
    inside_->end.reset();
    if (altogether.count() != 0) inside_->end = Steady::now() + altogether;
}

void Connection::on_commit(std::function<void(int)> told) {
    inside_->told = std::move(told);
    const auto hook = [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Inside*>(self)->told(pages);
        return SQLITE_OK;
    };
    sqlite3_wal_hook(inside_->handle, hook, inside_.get());
}

base::Result<int> Connection::checkpoint(Checkpoint how) {
    const int mode = how == Checkpoint::passive   ? SQLITE_CHECKPOINT_PASSIVE
                     : how == Checkpoint::restart ? SQLITE_CHECKPOINT_RESTART
                                                  : SQLITE_CHECKPOINT_TRUNCATE;
    int in_log = 0;
    int done = 0;
    const int code = sqlite3_wal_checkpoint_v2(inside_->handle, nullptr, mode, &in_log, &done);
    if (code != SQLITE_OK) return inside_->fault(code);
    return in_log - done;
}

base::Result<void> Connection::copy_to(const std::string& path) {
    TRY(auto target, open(path, Mode::write));
    TRY(target->execute("pragma journal_mode = off; pragma synchronous = off"));  // who asks syncs the whole file
    sqlite3_backup* const backup = sqlite3_backup_init(target->inside_->handle, "main", inside_->handle, "main");
    if (!backup) return target->inside_->fault(sqlite3_extended_errcode(target->inside_->handle));
    int code = SQLITE_OK;
    while (code == SQLITE_OK) code = sqlite3_backup_step(backup, pages_a_step);
    sqlite3_backup_finish(backup);
    if (code != SQLITE_DONE) return target->inside_->fault(code);
    return {};
}

const char* version() { return sqlite3_libversion(); }

}  // namespace store::sql
