// SPDX-License-Identifier: Apache-2.0
#include "store/relational/session.h"

#include "fhir/search/position.h"

namespace store::relational {

namespace {
constexpr std::size_t most_known = 20'000;  // systems can be as many as senders like
constexpr std::size_t most_free = 8;
}  // namespace

base::Result<std::int64_t> Dictionary::find(sql::Connection& connection, std::string_view name) {
    if (const auto found = known_.find(name); found != known_.end()) return found->second;
    TRY(auto statement, connection.prepare(select_));
    TRY(const bool row, statement.bind(name).step());
    if (!row) return std::int64_t{0};
    if (known_.size() >= most_known && tentative_.empty()) known_.clear();
    const std::int64_t number = statement.integer(0);
    known_.emplace(name, number);
    return number;
}

base::Result<std::int64_t> Dictionary::add(sql::Connection& connection, std::string_view name) {
    TRY(const std::int64_t found, find(connection, name));
    if (found != 0) return found;
    TRY(auto statement, connection.prepare(insert_));
    TRY(statement.bind(name).run());
    const std::int64_t number = connection.last_rowid();
    known_.emplace(name, number);
    tentative_.emplace_back(name);
    return number;
}

void Dictionary::forget() {
    for (const std::string& name : tentative_) known_.erase(name);
    tentative_.clear();
}

void Dictionary::forget_all() {
    known_.clear();
    tentative_.clear();
}

base::Result<void> define_functions(sql::Connection& connection) {
    return connection.define("distance_km", [](double latitude, double longitude, double from_latitude, double from_longitude) {
        return fhir::search::distance_km({from_latitude, from_longitude}, {latitude, longitude});
    });
}

base::Result<std::unique_ptr<Session>> open_reader(const std::string& path, std::chrono::milliseconds longest, const Tuning& tuning) {
    auto session = std::make_unique<Session>();
    TRY(session->connection, sql::Connection::open(path, sql::Mode::read));
    // Not mapped: every page that was ever read would count as our memory, up to the size of the database.
    // The file is open for reading only; temporary tables may be written (earlier.h).
    TRY(session->connection->execute("pragma mmap_size = 0; pragma cache_size = -4000; pragma temp_store = memory"));
    TRY(define_functions(*session->connection));
    session->tuning = tuning;
    session->longest = longest;
    return session;
}

base::Result<std::unique_ptr<Session>> Pool::take() {
    {
        const std::lock_guard lock(mutex_);
        if (!free_.empty()) {
            auto session = std::move(free_.back());
            free_.pop_back();
            session->know(current_.get());
            return session;
        }
    }
    TRY(auto session, open_reader(path_, longest_, tuning_));
    session->know(current_.get());
    return session;
}

void Pool::give_back(std::unique_ptr<Session> session) {
    const std::lock_guard lock(mutex_);
    if (free_.size() < most_free) free_.push_back(std::move(session));
}

}  // namespace store::relational
