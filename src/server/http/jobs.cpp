// SPDX-License-Identifier: Apache-2.0
#include "server/http/jobs.h"

#include "base/crypto.h"

#include <algorithm>
#include <utility>

namespace server::http {

using base::Fault;
using Stage = Jobs::Look::Stage;

// The pool's queue holds what was cancelled too, so it has room for more than may wait; the table decides.
Jobs::Jobs(const base::Clock& clock, const JobLimits& limits)
    : clock_(clock), limits_(limits), pool_(limits.threads, limits.waiting * 8) {}

base::Result<std::string> Jobs::begin(std::string who, Presentation presentation, std::size_t bytes, Work work) {
    const auto full = [](std::string text, std::string where) {
        return Fault{Fault::Kind::unavailable, std::move(text), std::move(where), base::IssueType::throttled};
    };
    std::string name = base::hex(base::random_bytes(16));
    {
        const std::lock_guard lock(mutex_);
        sweep();
        const auto own = std::count_if(table_.begin(), table_.end(), [&](const auto& one) { return pending(one.second) && one.second.who == who; });
        if (static_cast<std::size_t>(own) >= limits_.waiting_each)
            return full("too many of your asynchronous requests wait; fetch or cancel some first", "429");
        if (pending_ >= limits_.waiting || bytes_ + bytes > limits_.all) return full("too many asynchronous requests wait; try again later", "");
        Job job{std::move(who), {Stage::waiting, clock_.now(), 0, presentation, nullptr}, bytes, std::move(work)};
        table_.emplace(name, std::move(job));
        ++pending_;
        bytes_ += bytes;
    }
    if (pool_.submit([this, name](std::stop_token) { run(name); })) return name;
    const std::lock_guard lock(mutex_);
    if (const auto job = table_.find(name); job != table_.end()) drop(job);
    return full("too many asynchronous requests wait; try again later", "");
}

void Jobs::run(const std::string& name) {
    Work work;
    {
        const std::lock_guard lock(mutex_);
        const auto job = table_.find(name);
        if (job == table_.end()) return;  // cancelled before it began
        work = std::exchange(job->second.work, nullptr);
        job->second.look.stage = Stage::running;
        job->second.look.since = clock_.now();
    }
    std::shared_ptr<const interaction::Response> result;
    try {
        result = std::make_shared<const interaction::Response>(work());
    } catch (...) {
        result = nullptr;  // the asker is told that it failed; the others go on
    }
    const std::lock_guard lock(mutex_);
    if (const auto job = table_.find(name); job != table_.end()) finish(job->second, std::move(result));
}

void Jobs::finish(Job& job, std::shared_ptr<const interaction::Response> result) {
    const base::Micros now = clock_.now();
    --pending_;
    bytes_ -= job.bytes;
    job.bytes = 0;
    job.look.since = now;
    job.look.expires = now + limits_.keep;
    job.look.stage = Stage::failed;
    if (!result) return;
    const std::size_t size = result->size();
    job.look.stage = Stage::too_large;
    if (size > limits_.result || !make_room(job, size)) return;
    job.look.stage = Stage::finished;
    job.look.result = std::move(result);
    job.bytes = size;
    bytes_ += size;
}

bool Jobs::make_room(const Job& for_one, std::size_t bytes) {
    for (;;) {
        std::size_t kept = 0;
        auto oldest = table_.end();
        for (auto one = table_.begin(); one != table_.end(); ++one) {
            if (&one->second == &for_one || pending(one->second) || one->second.who != for_one.who) continue;
            ++kept;
            if (oldest == table_.end() || one->second.look.since < oldest->second.look.since) oldest = one;
        }
        if (kept < limits_.results_each && bytes_ + bytes <= limits_.all) return true;
        if (oldest == table_.end()) return false;
        drop(oldest);
    }
}

void Jobs::drop(Table::iterator job) {
    if (pending(job->second)) --pending_;
    bytes_ -= job->second.bytes;
    table_.erase(job);
}

void Jobs::sweep() {
    const base::Micros now = clock_.now();
    for (auto job = table_.begin(); job != table_.end();) {
        const auto next = std::next(job);
        if (!pending(job->second) && job->second.look.expires <= now) drop(job);
        job = next;
    }
}

std::optional<Jobs::Look> Jobs::look(const std::string& name, const std::string& who) {
    const std::lock_guard lock(mutex_);
    sweep();
    const auto job = table_.find(name);
    if (job == table_.end() || job->second.who != who) return std::nullopt;
    return job->second.look;
}

bool Jobs::cancel(const std::string& name, const std::string& who) {
    Work work;  // what it holds may take long to give back: not under the lock
    const std::lock_guard lock(mutex_);
    sweep();
    const auto job = table_.find(name);
    if (job == table_.end() || job->second.who != who) return false;
    work = std::move(job->second.work);
    drop(job);
    return true;
}

Jobs::Counts Jobs::counts() const {
    const std::lock_guard lock(mutex_);
    return {pending_, table_.size() - pending_, bytes_};
}

}  // namespace server::http
