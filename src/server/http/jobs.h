// SPDX-License-Identifier: Apache-2.0
#pragma once

// Requests that their askers do not wait for (FHIR R4 3.1.6, Prefer: respond-async): they run on threads of their own, and what
// came of them is kept in memory until it is fetched, given up or too old. Nothing outlives the process.
//
// Everything is bounded: requests that wait or run, of everybody and of one asker; bytes of one result and of all; time. A result
// for which there is no room takes that of the same asker's oldest results, and is itself dropped when that is not enough.
// A job is named by 128 random bits and shown only to the asker whose it is. Any thread; a look costs microseconds.

#include "base/clock.h"
#include "base/result.h"
#include "base/worker.h"
#include "interaction/call/response.h"
#include "server/http/format.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace server::http {

struct JobLimits {
    unsigned threads = 2;
    std::size_t waiting = 200;                     // waiting and running, of everybody
    std::size_t waiting_each = 20;                 // of one asker
    std::size_t results_each = 200;                // finished, of one asker
    std::size_t result = 64ULL << 20;              // bytes of one result
    std::size_t all = 256ULL << 20;                // bytes of all results, and of the requests that wait
    base::Micros keep = 3'600'000'000;             // a result, from its end
};

class Jobs {
public:
    using Work = std::function<interaction::Response()>;

    struct Look {
        enum class Stage : std::uint8_t { waiting, running, finished, too_large, failed };
        Stage stage = Stage::waiting;
        base::Micros since = 0;    // in this stage
        base::Micros expires = 0;  // when it is no longer waiting or running
        Presentation presentation{};  // as the request wanted it
        std::shared_ptr<const interaction::Response> result;  // of a finished one
    };

    struct Counts {
        std::size_t waiting = 0;  // and running
        std::size_t results = 0;
        std::size_t bytes = 0;
    };

    Jobs(const base::Clock& clock, const JobLimits& limits);

    // The job's name. Fault (unavailable) when there is no room: `where` is "429" when it is the asker's own that fill it.
    base::Result<std::string> begin(std::string who, Presentation presentation, std::size_t bytes, Work work);
    std::optional<Look> look(const std::string& name, const std::string& who);
    // What has not begun is dropped; what runs goes on to its end, and nobody learns of it. False when there is no such job.
    bool cancel(const std::string& name, const std::string& who);
    // Drops what waits, waits for what runs.
    void stop() { pool_.stop(); }
    Counts counts() const;

private:
    struct Job {
        std::string who;
        Look look;
        std::size_t bytes = 0;
        Work work{};  // until it begins: whoever cancels gives back what the request holds, though its place in the pool's queue stays
    };
    using Table = std::map<std::string, Job>;
    void run(const std::string& name);
    void finish(Job& job, std::shared_ptr<const interaction::Response> result);
    void sweep();
    void drop(Table::iterator job);
    bool make_room(const Job& for_one, std::size_t bytes);
    static bool pending(const Job& job) { return job.look.stage == Look::Stage::waiting || job.look.stage == Look::Stage::running; }

    const base::Clock& clock_;
    const JobLimits limits_;
    mutable std::mutex mutex_;
    Table table_;
    std::size_t bytes_ = 0;
    std::size_t pending_ = 0;
    base::WorkerPool pool_;  // last: its threads end before what they write to
};

}  // namespace server::http
