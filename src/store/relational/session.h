// SPDX-License-Identifier: Apache-2.0
#pragma once

// A connection with what it remembers: the numbers that stand for names. One thread at a time.

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

struct Session {
    std::unique_ptr<sql::Connection> connection;
    Dictionary types{"select id from type where name = ?", "insert into type (name) values (?)"};
    Dictionary systems{"select id from system where uri = ?", "insert into system (uri) values (?)"};
    const std::vector<std::int64_t>* parameters = nullptr;  // persistent number by Parameter::index
    std::chrono::milliseconds longest{5000};                // a statement of a search
    bool filling = false;                                   // some parameters may lack rows (filling.h)
};

base::Result<std::unique_ptr<Session>> open_reader(const std::string& path, const std::vector<std::int64_t>& parameters,
                                                   std::chrono::milliseconds longest);

// Read-only sessions waiting for work. A new one is opened when none is free; a few are kept.
class Pool {
public:
    Pool(std::string path, const std::vector<std::int64_t>& parameters, std::chrono::milliseconds longest)
        : path_(std::move(path)), parameters_(parameters), longest_(longest) {}
    base::Result<std::unique_ptr<Session>> take();
    void give_back(std::unique_ptr<Session> session);

private:
    std::string path_;
    const std::vector<std::int64_t>& parameters_;
    std::chrono::milliseconds longest_;
    std::mutex mutex_;
    std::vector<std::unique_ptr<Session>> free_;
};

}  // namespace store::relational
