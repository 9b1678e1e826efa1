// SPDX-License-Identifier: Apache-2.0
#include "store/relational/filling.h"

#include <set>

namespace store::relational {

namespace {

struct Kept {
    std::int64_t id = 0;
    bool noted = false;
    std::string meaning;
};

base::Result<std::optional<Kept>> kept(sql::Connection& connection, const std::string& url) {
    TRY(auto select, connection.prepare("select id, meaning from parameter where url = ?"));
    TRY(const bool row, select.bind(std::string_view(url)).step());
    if (!row) return std::optional<Kept>();
    return std::optional(Kept{select.integer(0), !select.null(1), std::string(select.text(1))});
}

// Rows are lacking when there is anything that could have them.
base::Result<void> begin_anew(sql::Connection& connection, std::int64_t id, const std::string& meaning) {
    TRY(auto update, connection.prepare("update parameter set meaning = ?, filled = (select 0 where exists (select 1 from resource)) "
                                        "where id = ?"));
    return update.bind(std::string_view(meaning)).bind(id).run();
}

base::Result<std::int64_t> number_one(sql::Connection& connection, const std::string& url, const std::string& meaning) {
    TRY(auto known, kept(connection, url));
    if (!known) {
        TRY(auto insert, connection.prepare("insert into parameter (url) values (?)"));
        TRY(insert.bind(std::string_view(url)).run());
        TRY(const std::int64_t id, connection.number("select last_insert_rowid()"));
        TRY(begin_anew(connection, id, meaning));
        return id;
    }
    if (!known->noted) {  // from before meanings were noted: its rows were written all along
        TRY(auto update, connection.prepare("update parameter set meaning = ? where id = ?"));
        TRY(update.bind(std::string_view(meaning)).bind(known->id).run());
    } else if (known->meaning != meaning) {
        TRY(begin_anew(connection, known->id, meaning));
    }
    return known->id;
}

// Those that are not in use any more: resources written from now on will have no rows of them.
base::Result<void> put_out_of_use(sql::Connection& connection, const std::vector<std::int64_t>& used) {
    const std::set<std::int64_t> in_use(used.begin(), used.end());
    std::vector<std::int64_t> others;
    {
        TRY(auto all, connection.prepare("select id from parameter where meaning is null or meaning <> ''"));
        while (true) {
            TRY(const bool row, all.step());
            if (!row) break;
            if (!in_use.contains(all.integer(0))) others.push_back(all.integer(0));
        }
    }
    for (const std::int64_t id : others) {
        TRY(auto update, connection.prepare("update parameter set meaning = '', filled = null where id = ?"));
        TRY(update.bind(id).run());
    }
    return {};
}

}  // namespace

base::Result<std::vector<std::int64_t>> number_parameters(sql::Connection& connection, const std::vector<std::string>& urls,
                                                          const std::vector<std::string>& meanings) {
    std::vector<std::int64_t> numbers;
    TRY(connection.execute("begin immediate"));
    for (std::size_t i = 0; i < urls.size(); ++i) {
        TRY(const std::int64_t number, number_one(connection, urls[i], i < meanings.size() ? meanings[i] : "as ever"));
        numbers.push_back(number);
    }
    TRY(put_out_of_use(connection, numbers));
    // All go on together, from where the one that is behind stands.
    TRY(connection.execute("update parameter set filled = (select min(filled) from parameter) where filled is not null; commit"));
    return numbers;
}

base::Result<bool> lacks_rows(sql::Connection& connection) {
    TRY(const std::int64_t count, connection.number("select count(*) from parameter where filled is not null"));
    return count > 0;
}

base::Result<std::vector<std::int64_t>> lacking(sql::Connection& connection) {
    std::vector<std::int64_t> numbers;
    TRY(auto select, connection.prepare("select id from parameter where filled is not null order by id"));
    while (true) {
        TRY(const bool row, select.step());
        if (!row) return numbers;
        numbers.push_back(select.integer(0));
    }
}

namespace {

// Parameters used anywhere in the tree, and the types that it leads to.
void gather(const fhir::search::Clause& clause, std::set<const fhir::search::Parameter*>& parameters, std::set<std::string>& types) {
    if (clause.parameter != nullptr) parameters.insert(clause.parameter);
    if (clause.kind == fhir::search::Clause::Kind::forward || clause.kind == fhir::search::Clause::Kind::backward) types.insert(clause.type);
    for (const auto& part : clause.parts) gather(part, parameters, types);
}

}  // namespace

base::Result<void> check_filled(Session& session, const fhir::search::Query& query, const fhir::search::Reach& reach) {
    std::set<const fhir::search::Parameter*> parameters;
    std::set<std::string> types(query.types.begin(), query.types.end());
    if (!query.type.empty()) types.insert(query.type);
    else if (const auto reachable = reach.types(); reachable && types.empty()) types.insert(reachable->begin(), reachable->end());
    for (const auto& clause : query.clauses) gather(clause, parameters, types);
    for (const auto& key : query.sort) parameters.insert(key.parameter);
    for (const std::string& type : types) {
        std::set<std::string> no_further;  // a limit asks about the resource itself only
        if (const auto* filter = reach.filter(type)) gather(*filter, parameters, no_further);
    }
    for (const fhir::search::Parameter* parameter : parameters) {
        if (parameter == nullptr || parameter->index >= session.parameters->size()) continue;
        TRY(auto select, session.connection->prepare("select 1 from parameter where id = ? and filled is not null"));
        TRY(const bool row, select.bind((*session.parameters)[parameter->index]).step());
        if (row)
            return base::Fault{base::Fault::Kind::unavailable,
                               "the search parameter " + parameter->code + " is new here: what is stored is being indexed for it; try again later"};
    }
    return {};
}

}  // namespace store::relational
