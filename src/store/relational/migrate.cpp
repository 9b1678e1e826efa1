// SPDX-License-Identifier: Apache-2.0
#include "store/relational/migrate.h"

#include <fmt/format.h>

namespace store::relational {

namespace {
constexpr std::int64_t our_mark = 0x616e6472;  // "andr", the file's application_id
}

base::Result<std::int64_t> check_ours(sql::Connection& connection, const std::vector<std::string_view>& steps) {
    TRY(const std::int64_t mark, connection.number("pragma application_id"));
    TRY(const std::int64_t tables, connection.number("select count(*) from sqlite_schema"));
    TRY(const std::int64_t version, connection.number("pragma user_version"));
    if (mark != our_mark && (mark != 0 || tables != 0))
        return base::Fault{base::Fault::Kind::conflict, "the file is a database of another program"};
    if (version > static_cast<std::int64_t>(steps.size()))
        return base::Fault{base::Fault::Kind::conflict,
                           fmt::format("the database has schema version {}, this program knows {}: use a newer program",
                                       version, steps.size())};
    return version;
}

base::Result<void> migrate(sql::Connection& connection, const std::vector<std::string_view>& steps) {
    TRY(const std::int64_t version, check_ours(connection, steps));
    for (auto i = static_cast<std::size_t>(version); i < steps.size(); ++i) {
        const std::string script = fmt::format("begin exclusive;\n{}\n;pragma application_id = {};\npragma user_version = {};\ncommit;",
                                               steps[i], our_mark, i + 1);
        if (auto done = connection.execute(script); !done) {
            if (connection.in_transaction()) TRY(connection.execute("rollback"));
            return done;
        }
    }
    return {};
}

}  // namespace store::relational
