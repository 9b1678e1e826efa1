// SPDX-License-Identifier: Apache-2.0
#pragma once

// A connection with what it remembers: the numbers that stand for names. One thread at a time.

#include "base/current.h"
#include "store/repository.h"
#include "store/relational/index_rows.h"
#include "store/relational/words.h"
#include "store/sql/sqlite.h"

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace store::relational {

// A table of names with small numbers, read through. Numbers never change once they are committed; those given inside a
// transaction are tentative until keep() or forget().
class Dictionary {
public:
    Dictionary(const char* select, const char* insert) : select_(select), insert_(insert) {}
    base::Result<std::int64_t> find(sql::Connection& connection, std::string_view name);  // 0: unknown
    base::Result<std::int64_t> add(sql::Connection& connection, std::string_view name);   // finds or makes
    void keep() { tentative_.clear(); }
    void forget();
    void forget_all();

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };
    const char* select_;
    const char* insert_;
    std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> known_;
    std::vector<std::string> tentative_;
};

// What of an earlier moment stands in the temporary tables of a session (earlier.h).
struct Earlier {
    std::int64_t as_of = 0;   // 0: nothing
    std::int64_t upto = 0;    // changes up to this position were looked at
    std::int64_t moved = 0;   // resources in the tables
    bool tables = false;      // they were made
    std::shared_ptr<const struct Known> known{};  // what their rows were made by
};

// When the plan prefers what; tests make them small.
struct Tuning {
    std::int64_t few = 4096;           // a term with fewer rows is worth listing at once; reading so many index rows costs about a millisecond
    std::int64_t longest_walk = 20'000;  // rows that a walk may look at before the list that it was meant to spare is taken after all
    std::int64_t most_moved = 20'000;  // versions of an earlier moment that are indexed anew; about a tenth of a millisecond each
};

// What is indexed, and the numbers of parameters in the database by Parameter::index.
struct Known {
    std::shared_ptr<const Indexing> indexing;
    std::vector<std::int64_t> numbers;
};

using Current = base::Current<Known>;

struct Session {
    std::unique_ptr<sql::Connection> connection;
    Dictionary types{"select id from type where name = ?", "insert into type (name) values (?)"};
    Dictionary systems{"select id from system where uri = ?", "insert into system (uri) values (?)"};
    std::shared_ptr<const Known> known;
    const std::vector<std::int64_t>* parameters = nullptr;  // persistent number by Parameter::index: those of `known`
    std::chrono::milliseconds longest{5000};                // a statement of a search
    bool filling = false;                                   // some parameters may lack rows, or be out of use (filling.h)
    Earlier earlier{};
    Tuning tuning{};
    bool writes = false;                                    // inside the writing transaction, which may be taken back
    UnwrittenRows rows{};                                   // of the piece of work that it does
    UnwrittenWords words{};                                 // of that transaction

    // Before rows are read there.
    base::Result<void> write_rows() {
        if (writes && rows.size() > 0) return rows.write(*connection, words);
        return {};
    }

    void know(std::shared_ptr<const Known> now) {
        if (known != now) earlier.as_of = 0;  // its rows may lack what is new
        known = std::move(now);
        parameters = &known->numbers;
    }
};

// What statements of a search call.
base::Result<void> define_functions(sql::Connection& connection);
base::Result<std::unique_ptr<Session>> open_reader(const std::string& path, std::chrono::milliseconds longest, const Tuning& tuning = {});

// Read-only sessions waiting for work. A new one is opened when none is free; a few are kept.
class Pool {
public:
    Pool(std::string path, const Current& current, std::chrono::milliseconds longest, const Tuning& tuning = {})
        : path_(std::move(path)), current_(current), longest_(longest), tuning_(tuning) {}
    base::Result<std::unique_ptr<Session>> take();
    void give_back(std::unique_ptr<Session> session);

private:
    std::string path_;
    const Current& current_;
    std::chrono::milliseconds longest_;
    Tuning tuning_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Session>> free_;
};

}  // namespace store::relational
