// SPDX-License-Identifier: Apache-2.0
#pragma once

// SQLite, as thin as it goes: a connection, prepared statements that are kept for reuse, and errors as Results.
//
// A connection belongs to one thread at a time (it is opened without SQLite's own mutexes). Schemas are not trusted,
// the defensive flag is on. Faults carry SQLite's name for the error, never a value: too_costly when the time limit
// struck, unavailable for a full or failing disk and for locks, bug for everything else.

#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace store::sql {

// One use of a prepared statement; destroying it resets the statement and gives it back to the connection.
// Parameters are bound from left to right. Bound text and blobs are not copied: they must live until the last step.
class Statement {
public:
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    Statement& bind(std::int64_t value);
    Statement& bind(double value);
    Statement& bind(std::string_view text);
    Statement& bind_blob(std::string_view bytes);
    Statement& bind_null();

    base::Result<bool> step();  // true: a row is there
    base::Result<void> run();   // steps to the end, then can be bound and run anew

    // Columns of the row, from 0. Text and blobs live until the next step.
    std::int64_t integer(int column) const;
    double real(int column) const;
    std::string_view text(int column) const;
    std::string_view blob(int column) const;
    bool null(int column) const;

private:
    friend class Connection;
    struct Kept;
    explicit Statement(Kept* kept);
    void note(int code) { refused_ = refused_ != 0 ? refused_ : code; }
    Kept* kept_;
    int bound_ = 0;
    int refused_ = 0;  // a binding that SQLite did not take; told by step(), so that it is not stored as NULL
};

// still: a file that nobody changes while it is open; neither its log nor locks are looked at, and nothing is written beside it.
enum class Mode : std::uint8_t { write, read, still };
enum class Checkpoint : std::uint8_t { passive, restart, truncate };
// What the last failed call met.
enum class Trouble : std::uint8_t { none, full, disk, interrupted, other };

class Connection {
public:
    static base::Result<std::unique_ptr<Connection>> open(const std::string& path, Mode mode);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    base::Result<Statement> prepare(std::string_view text);
    base::Result<void> execute(const std::string& script);  // one or more statements without parameters
    base::Result<std::int64_t> number(std::string_view text);  // first column of the first row; 0 without rows

    bool in_transaction() const;
    std::int64_t all_changes() const;  // rows changed since it was opened
    std::int64_t last_rowid() const;  // of the last row that was inserted
    std::int64_t changes() const;  // rows changed by the last statement
    Trouble trouble() const;

    // A function of four numbers for statements; the same numbers must give the same result.
    using FourNumbers = double (*)(double, double, double, double);
    base::Result<void> define(const char* name, FourNumbers function);

    // Statements that run longer than this from now on fail with too_costly; zero = no limit.
    void limit(std::chrono::milliseconds longest);
    // A limit for work between statements, on the same clock.
    class Deadline {
    public:
        explicit Deadline(std::chrono::milliseconds longest);
        bool passed() const;

    private:
        std::chrono::steady_clock::time_point at_;
    };
    // All limited statements together, from now on: behind that each fails with too_costly at once; zero = no such bound.
    void allow(std::chrono::milliseconds altogether);
    // Called after each commit with the number of pages in the write-ahead log.
    void on_commit(std::function<void(int)> told);
    // Pages that are still in the write-ahead log afterwards.
    base::Result<int> checkpoint(Checkpoint how);
    // Copies the database, as a transaction that is open here sees it, page by page into a new file at `path`. Others write meanwhile. The
    // file is not synced.
    base::Result<void> copy_to(const std::string& path);

    struct Inside;

private:
    Connection();
    std::unique_ptr<Inside> inside_;
};

const char* version();

}  // namespace store::sql
