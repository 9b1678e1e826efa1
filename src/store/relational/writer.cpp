// SPDX-License-Identifier: Apache-2.0
#include "store/relational/writer.h"

#include <algorithm>

namespace store::relational {

using base::Fault;

namespace {
constexpr std::size_t most_tasks = 64;
constexpr std::chrono::milliseconds most_asking{5000};  // searches of one task together: meanwhile all other writers wait
constexpr Position most_changes = 5000;      // a group ends here, so that nobody waits for seconds of others' work
constexpr int pages_between_checkpoints = 16'384;  // 64 MB; what is written again meanwhile is copied once
constexpr std::chrono::seconds idle{2};

Fault stopped() {
    return {Fault::Kind::unavailable, "writing has stopped after a disk error; the server must be started again",
            {}, base::IssueType::no_store};
}
}  // namespace

base::Result<std::unique_ptr<Writer>> Writer::start(const std::string& path, std::unique_ptr<sql::Connection> connection,
                                                    std::shared_ptr<const Known> known, const base::Clock& clock,
                                                    Tide& committed, Recent& recent, bool filling) {
    std::unique_ptr<Writer> writer(new Writer(clock, committed, recent));
    Desk& desk = writer->desk_;
    desk.session.connection = std::move(connection);
    desk.session.know(std::move(known));
    desk.session.filling = filling;
    desk.session.writes = true;
    {
        TRY(auto last, desk.session.connection->prepare("select position, time, hash from ledger order by position desc limit 1"));
        TRY(const bool row, last.step());
        if (row) {
            desk.position = last.integer(0);
            desk.time = last.integer(1);
            const auto hash = last.blob(2);
            if (hash.size() != desk.hash.size()) return Fault{Fault::Kind::bug, "the ledger's last hash is not a hash"};
            std::copy(hash.begin(), hash.end(), desk.hash.begin());
        }
    }
    committed.rise(desk.position);
    desk.session.connection->on_commit([raw = writer.get()](int pages) { raw->pages_ = pages; });
    TRY(writer->checkpointer_, sql::Connection::open(path, sql::Mode::write));
    TRY(writer->checkpointer_->execute("pragma busy_timeout = 0; pragma synchronous = full"));
    writer->thread_ = std::thread([raw = writer.get()] { raw->run(); });
    writer->checkpoints_ = std::thread([raw = writer.get()] { raw->keep_log_short(); });
    return writer;
}

Writer::~Writer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    arrived_.notify_all();
    if (thread_.joinable()) thread_.join();
    {
        const std::lock_guard lock(log_mutex_);
        log_stopping_ = true;
    }
    log_grew_.notify_all();
    if (checkpoints_.joinable()) checkpoints_.join();
}

base::Result<void> Writer::write(const Task& task, Runs runs) {
    Request request{&task, runs};
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) return Fault{Fault::Kind::unavailable, "the store is closing"};
        waiting_.push_back(&request);
    }
    arrived_.notify_one();
    request.wait();
    if (request.thrown) std::rethrow_exception(request.thrown);
    return std::move(request.result);
}

void Writer::run() {
    while (true) {
        {
            std::unique_lock lock(mutex_);
            arrived_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
            if (waiting_.empty()) return;
        }
        commit_group();
    }
}

Writer::Request* Writer::next() {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return nullptr;
    Request* request = waiting_.front();
    waiting_.pop_front();
    return request;
}

void Writer::commit_group() {
    std::vector<Request*> group;
    const Mark before = mark();
    const auto begun = begin();
    bool savepoints = false;  // from the first task on that could not run again
    while (group.size() < most_tasks && desk_.position - before.position < most_changes) {
        Request* request = next();
        if (!request) break;
        group.push_back(request);
        if (!begun) {
            request->result = begun.fault();
            continue;
        }
        savepoints = savepoints || request->runs == Runs::once;
        // What is before the first task is the empty transaction.
        const bool savepoint = savepoints && group.size() > 1;
        if (perform(*request, savepoint) && (savepoint || well(*request) || request->unchanged || run_again(before, group, savepoints))) continue;
        // SQLite has given up the whole transaction (disk full, i/o error): nothing of this group has happened.
        group_is_lost(before, group, {Fault::Kind::unavailable, "a disk error took back the commit"});
        end_group(group);
        return;
    }
    if (begun) {
        if (auto done = commit(); !done) {
            // A full disk is told before anything is promised; after any other failure the state on disk is unknown.
            if (desk_.session.connection->trouble() != sql::Trouble::full) broken_ = true;
            if (desk_.session.connection->in_transaction()) (void)desk_.session.connection->execute("rollback");
            group_is_lost(before, group, done.fault());
        } else {
            committed_.rise(desk_.position);
        }
    }
    end_group(group);
}

// No memory of an old version may outlive the moment in which others can see the new one.
base::Result<void> Writer::commit() {
    TRY(desk_.session.words.write(*desk_.session.connection));
    recent_.change(desk_.changed);
    auto done = desk_.session.connection->execute("commit");
    recent_.settle();
    return done;
}

base::Result<void> Writer::begin() {
    if (broken_) return stopped();
    desk_.changed.clear();
    // Clients see milliseconds; what is stored is what they see.
    desk_.time = std::max(desk_.time, clock_.now() / 1000 * 1000);
    return desk_.session.connection->execute("begin immediate");
}

// False when the whole transaction is gone. A failure without a savepoint is not taken back yet.
bool Writer::perform(Request& request, bool savepoint) {
    sql::Connection& connection = *desk_.session.connection;
    const Mark before = mark();
    if (savepoint) {
        if (auto done = connection.execute("savepoint task"); !done) {
            request.result = done.fault();
            return connection.in_transaction();
        }
    }
    connection.allow(most_asking);
    const std::int64_t changes = connection.all_changes();
    try {
        request.result = (*request.task)(desk_);
        if (request.result) request.result = desk_.session.write_rows();
    } catch (...) {
        request.thrown = std::current_exception();
    }
    if (!well(request)) desk_.session.rows.clear();
    if (!connection.in_transaction()) return false;
    if (well(request)) {
        desk_.session.types.keep();
        desk_.session.systems.keep();
        if (!savepoint) return true;
        if (auto done = connection.execute("release task"); !done) request.result = done.fault();
        return connection.in_transaction();
    }
    if (!savepoint) {
        request.unchanged = connection.all_changes() == changes;
        return true;
    }
    go_back_to(before);
    const auto undone = connection.execute("rollback to task; release task");
    return undone && connection.in_transaction();
}

// The last of the group has failed: all is taken back and those before it run again, from now on with savepoints. False when the whole
// transaction is gone.
bool Writer::run_again(const Mark& before, const std::vector<Request*>& group, bool& savepoints) {
    go_back_to(before);
    desk_.session.types.forget_all();
    desk_.session.systems.forget_all();
    if (!desk_.session.connection->execute("rollback; begin immediate")) return false;
    for (Request* one : group) {
        if (!well(*one)) continue;
        savepoints = true;
        if (!perform(*one, true)) return false;
    }
    return desk_.session.connection->in_transaction();
}

void Writer::go_back_to(const Mark& mark) {
    desk_.position = mark.position;
    desk_.hash = mark.hash;
    desk_.session.know(mark.known);
    desk_.session.words.go_back_to(mark.words);
    desk_.session.types.forget();
    desk_.session.systems.forget();
}

void Writer::group_is_lost(const Mark& before, std::vector<Request*>& group, const Fault& fault) {
    go_back_to(before);
    desk_.session.types.forget_all();
    desk_.session.systems.forget_all();
    for (Request* one : group)
        if (one->result && !one->thrown) one->result = fault;
}

void Writer::end_group(std::vector<Request*>& group) {
    desk_.session.words.clear();
    for (Request* request : group) request->finish();
    if (pages_ > patience_ && !broken_) {
        const auto left = desk_.session.connection->checkpoint(sql::Checkpoint::restart);
        if (!left && desk_.session.connection->trouble() == sql::Trouble::disk) broken_ = true;
        // A reader that stays (a backup) keeps the log from beginning anew. Then it grows by as much again before all wait for it once more.
        patience_ = left ? most_pages : pages_ + most_pages;
        pages_ = 0;
    } else if (log_copied_.exchange(false) && !broken_) {
        // The little that was written while others copied: with it the log is all copied, and the next commit begins it anew when no
        // reader is in it. A log that is written over costs half of one that grows.
        if (!desk_.session.connection->checkpoint(sql::Checkpoint::passive) && desk_.session.connection->trouble() == sql::Trouble::disk)
            broken_ = true;
    }
    {
        const std::lock_guard lock(log_mutex_);
        log_pages_ = pages_;
    }
    log_grew_.notify_one();
}

// Copies the log into the database beside the writer, and empties it when nothing happens for a while.
void Writer::keep_log_short() {
    int copied = 0;
    std::unique_lock lock(log_mutex_);
    while (!log_stopping_) {
        const bool grew = log_grew_.wait_for(lock, idle, [&] {
            return log_stopping_ || log_pages_ >= copied + pages_between_checkpoints || log_pages_ < copied;
        });
        if (log_stopping_) return;
        if (log_pages_ < copied) {  // the log was started anew
            copied = 0;
            continue;
        }
        const int pages = log_pages_;
        if (pages == 0) continue;
        lock.unlock();
        const auto left = checkpointer_->checkpoint(grew ? sql::Checkpoint::passive : sql::Checkpoint::truncate);
        // A failed sync of the database file is as bad as one of the log.
        if (!left && checkpointer_->trouble() == sql::Trouble::disk) broken_ = true;
        if (grew && left) log_copied_ = true;
        lock.lock();
        copied = pages;
        if (!grew && left && log_pages_ == pages) copied = log_pages_ = 0;
    }
}

}  // namespace store::relational
