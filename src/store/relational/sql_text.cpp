// SPDX-License-Identifier: Apache-2.0
#include "store/relational/sql_text.h"

#include <fmt/format.h>

namespace store::relational {

base::Result<sql::Statement> prepared(sql::Connection& connection, const Sql& sql) {
    TRY(auto statement, connection.prepare(sql.text));
    for (const Binding& binding : sql.bindings) {
        if (const auto* integer = std::get_if<std::int64_t>(&binding)) statement.bind(*integer);
        if (const auto* real = std::get_if<double>(&binding)) statement.bind(*real);
        if (const auto* text = std::get_if<std::string>(&binding)) statement.bind(std::string_view(*text));
    }
    return statement;
}

base::Result<std::int64_t> number(sql::Connection& connection, const Sql& sql) {
    TRY(auto statement, prepared(connection, sql));
    TRY(const bool row, statement.step());
    return row ? statement.integer(0) : 0;
}

std::string json_of(const std::vector<std::string>& texts) {
    std::string json = "[";
    for (const std::string& text : texts) {
        if (json.size() > 1) json += ',';
        json += '"';
        for (const char c : text) {
            if (c == '"' || c == '\\') {
                json += '\\';
                json += c;
            } else if (static_cast<unsigned char>(c) < 0x20) {
                json += fmt::format("\\u{:04x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
            } else {
                json += c;
            }
        }
        json += '"';
    }
    json += ']';
    return json;
}

std::string json_of(const std::vector<std::int64_t>& numbers) {
    std::string json = "[";
    for (const std::int64_t one : numbers) {
        if (json.size() > 1) json += ',';
        json += std::to_string(one);
    }
    json += ']';
    return json;
}

}  // namespace store::relational
