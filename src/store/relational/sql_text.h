// SPDX-License-Identifier: Apache-2.0
#pragma once

// A piece of a statement with what is bound in it. Values are always bound, never pasted.

#include "base/result.h"
#include "store/sql/sqlite.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace store::relational {

using Binding = std::variant<std::int64_t, double, std::string>;

struct Sql {
    std::string text;
    std::vector<Binding> bindings;

    Sql() = default;
    Sql(std::string its_text) : text(std::move(its_text)) {}  // NOLINT: text is a piece by itself
    Sql(std::string_view its_text) : text(its_text) {}        // NOLINT
    Sql(const char* its_text) : text(its_text) {}             // NOLINT

    Sql& operator+=(std::string_view more) {
        text += more;
        return *this;
    }
    Sql& operator+=(const char* more) { return *this += std::string_view(more); }
    Sql& operator+=(const std::string& more) { return *this += std::string_view(more); }
    Sql& operator+=(const Sql& more) {
        text += more.text;
        bindings.insert(bindings.end(), more.bindings.begin(), more.bindings.end());
        return *this;
    }
    Sql& bind(Binding value) {
        text += '?';
        bindings.push_back(std::move(value));
        return *this;
    }
    friend Sql operator+(Sql a, const Sql& b) {
        a += b;
        return a;
    }
    bool operator==(const Sql&) const = default;
};

// The statement reads `sql`'s bindings where they are: it must live as long.
base::Result<sql::Statement> prepared(sql::Connection& connection, Sql&& sql) = delete;
base::Result<sql::Statement> prepared(sql::Connection& connection, const Sql& sql);
// First column of the first row; 0 without rows.
base::Result<std::int64_t> number(sql::Connection& connection, const Sql& sql);

// The texts as one JSON array, for json_each(): a list of any length in one binding.
std::string json_of(const std::vector<std::string>& texts);
std::string json_of(const std::vector<std::int64_t>& numbers);

}  // namespace store::relational
