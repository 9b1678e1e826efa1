// SPDX-License-Identifier: Apache-2.0
#pragma once

// The one thread that writes. Callers hand it tasks and wait; whatever is waiting goes into one disk transaction,
// so that many callers share one fsync. Nobody waits for company: a lonely task is committed at once.
//
// A task that fails leaves no trace and does not hurt its neighbours. A savepoint for each would see to that, but copies every page
// that the task touches; so tasks that may run again go without. When one fails, which is rare, the whole group is taken back and those
// before it run again, now with savepoints.
//
// When the disk is full the tasks fail and later ones are tried again. When a commit cannot be made durable for another
// reason nobody knows what is on disk: from then on everything fails until the process is started anew.

#include "base/clock.h"
#include "base/crypto.h"
#include "store/ledger.h"
#include "store/relational/recent.h"
#include "store/relational/session.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace store::relational {

// What a task writes to. position and hash are the ledger's end as this transaction sees it.
struct Desk {
    Session session;
    Position position = 0;
    base::Digest hash{};
    base::Micros time = 0;  // of this group of tasks
    std::vector<Name> changed;  // by this group; what was taken back may still stand here
};

using Task = std::function<base::Result<void>(Desk&)>;

// May a task run a second time?
enum class Runs : std::uint8_t { once, again };

class Writer {
public:
    // Takes a migrated connection. `committed` hears of the position after every commit, before the callers do; `recent`
    // of what changes, before and after.
    static base::Result<std::unique_ptr<Writer>> start(const std::string& path, std::unique_ptr<sql::Connection> connection,
                                                       std::shared_ptr<const Known> known,
                                                       const base::Clock& clock, Tide& committed, Recent& recent,
                                                       bool filling = false);  // as in Session
    ~Writer();  // finishes what is waiting
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    base::Result<void> write(const Task& task, Runs runs = Runs::once);
    bool broken() const { return broken_; }  // for good: a sync has failed

private:
    struct Request {
        const Task* task;
        Runs runs;
        base::Result<void> result{};
        bool unchanged = false;  // it failed before it changed anything: there is nothing to take back
        std::exception_ptr thrown{};
        // Not a semaphore: those spin before they sleep, and a commit takes as long as the disk.
        std::mutex mutex{};
        std::condition_variable ended{};
        bool done = false;
        void finish() {
            const std::lock_guard lock(mutex);
            done = true;
            ended.notify_one();  // inside the lock: behind it the request is gone
        }
        void wait() {
            std::unique_lock lock(mutex);
            ended.wait(lock, [this] { return done; });
        }
    };
    struct Mark {
        Position position;
        base::Digest hash;
        std::shared_ptr<const Known> known;
        UnwrittenWords::Mark words;
    };
    Mark mark() const { return {desk_.position, desk_.hash, desk_.session.known, desk_.session.words.mark()}; }

    Writer(const base::Clock& clock, Tide& committed, Recent& recent)
        : clock_(clock), committed_(committed), recent_(recent) {}
    void run();
    void keep_log_short();
    Request* next();
    void commit_group();
    base::Result<void> commit();
    base::Result<void> begin();
    bool perform(Request& request, bool savepoint);
    bool run_again(const Mark& before, const std::vector<Request*>& group, bool& savepoints);
    static bool well(const Request& request) { return request.result && !request.thrown; }
    void go_back_to(const Mark& mark);
    void group_is_lost(const Mark& before, std::vector<Request*>& group, const base::Fault& fault);
    void end_group(std::vector<Request*>& group);

    const base::Clock& clock_;
    Tide& committed_;
    Recent& recent_;
    Desk desk_;
    std::atomic<bool> broken_ = false;  // a sync failed: what is on disk is not known any more
    int pages_ = 0;        // in the write-ahead log after the last commit
    static constexpr int most_pages = 80'000;  // 320 MB: then the writer waits for readers and starts the log anew
    int patience_ = most_pages;                // so many pages before it does so the next time

    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<Request*> waiting_;
    bool stopping_ = false;

    std::unique_ptr<sql::Connection> checkpointer_;
    std::mutex log_mutex_;
    std::condition_variable log_grew_;
    int log_pages_ = 0;
    std::atomic<bool> log_copied_ = false;  // nearly all of it: what came meanwhile is little
    bool log_stopping_ = false;

    std::thread thread_;
    std::thread checkpoints_;
};

}  // namespace store::relational
