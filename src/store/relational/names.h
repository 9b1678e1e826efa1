// SPDX-License-Identifier: Apache-2.0
#pragma once

// The numbers that stand for names in a statement, and the moment that it is to see.

#include "fhir/search/parameter.h"
#include "store/relational/index_rows.h"
#include "store/relational/session.h"
#include "store/relational/sql_text.h"

#include <optional>

namespace store::relational {

// Which moment a statement sees (earlier.h). 0 and false: now.
struct Seen {
    std::int64_t until = 0;  // what was created behind this position does not exist; 0 = no bound
    bool moved = false;      // some of what is there had another version then: those stand in the tables of the earlier moment
};

class Names {
public:
    explicit Names(Session& session) : session_(session) {}
    base::Result<std::int64_t> type(const std::string& name) const { return session_.types.find(*session_.connection, name); }
    base::Result<std::int64_t> system(const std::string& uri) const {  // 0 for none, -1 for one that is not stored
        if (uri.empty()) return std::int64_t{0};
        TRY(const std::int64_t found, session_.systems.find(*session_.connection, uri));
        return found == 0 ? -1 : found;
    }
    std::int64_t parameter(const fhir::search::Parameter& parameter) const {
        const auto& all = *session_.parameters;
        return parameter.index < all.size() ? all[parameter.index] : 0;
    }
    // Before the index of words is asked, inside the writing transaction: it learns what was put there.
    base::Result<void> learn_words() const {
        if (session_.writes) return session_.words.write(*session_.connection);
        return {};
    }

private:
    Session& session_;
};

// "x.field = ?": rows of a parameter's component for resources of one type, or (type 0) of every type.
inline Sql field_is(std::string_view alias, std::int64_t type, std::int64_t parameter, int component) {
    Sql sql(alias);
    if (type == 0) {
        sql += ".field in (select id << 20 | ";
        sql.bind(field_of(0, parameter, component)) += " from type)";
    } else {
        sql += ".field = ";
        sql.bind(field_of(type, parameter, component));
    }
    return sql;
}

// The same where the rows of one resource are at hand already.
inline Sql field_at_hand(std::string_view alias, std::int64_t type, std::int64_t parameter, int component) {
    if (type != 0) return field_is(alias, type, parameter, component);
    Sql sql(alias);
    sql += ".field & 1048575 = ";
    sql.bind(field_of(0, parameter, component));
    return sql;
}

// The table of a kind as it is now, or the rows of the earlier moment.
std::string table_seen(fhir::search::IndexKind kind, bool earlier);

inline bool is_id(const fhir::search::Parameter& parameter) { return parameter.code == "_id"; }
inline bool is_time(const fhir::search::Parameter& parameter) { return parameter.code == "_lastUpdated"; }
// The kind of rows that a parameter of this type is found by; none for composites and the special ones.
std::optional<fhir::search::IndexKind> kind_of(fhir::search::ParameterType type);

}  // namespace store::relational
