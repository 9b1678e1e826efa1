// SPDX-License-Identifier: Apache-2.0
#include "store/asked.h"

#include <set>

namespace store {

using fhir::search::Clause;

namespace {

// Types whose resources decide, with their reach.
void see(const std::string& type, const fhir::search::Reach& reach, std::set<std::string>& seen, const Use& use) {
    if (type.empty() || !seen.insert(type).second) return;
    if (const Clause* const filter = reach.filter(type)) asked(*filter, type, use);
}

void others(const Clause& clause, const fhir::search::Reach& reach, std::set<std::string>& seen, const Use& use) {
    if (clause.kind == Clause::Kind::forward || clause.kind == Clause::Kind::backward) see(clause.type, reach, seen, use);
    for (const Clause& part : clause.parts) others(part, reach, seen, use);
}

base::Fault wait(std::string text, base::IssueType type) { return {base::Fault::Kind::unavailable, std::move(text), {}, type}; }

}  // namespace

void asked(const Clause& clause, std::string_view type, const Use& use) {
    const bool steps = clause.kind == Clause::Kind::forward || clause.kind == Clause::Kind::backward;
    if (clause.parameter != nullptr) use(*clause.parameter, clause.kind == Clause::Kind::backward ? std::string_view(clause.type) : type);
    for (const Clause& part : clause.parts) asked(part, steps ? std::string_view(clause.type) : type, use);
}

void asked(const fhir::search::Query& query, const fhir::search::Reach& reach, const Use& use) {
    for (const Clause& clause : query.clauses) asked(clause, query.type, use);
    for (const auto& key : query.sort)
        if (key.parameter != nullptr) use(*key.parameter, query.type);
    if (reach.all()) return;
    std::set<std::string> seen;
    see(query.type, reach, seen, use);
    if (query.type.empty())
        for (const std::string& type : query.types.empty() ? reach.types().value_or(std::vector<std::string>()) : query.types) see(type, reach, seen, use);
    for (const Clause& clause : query.clauses) others(clause, reach, seen, use);
}

void asked(const fhir::search::Reach& reach, const std::vector<std::string>& types, const Use& use) {
    if (reach.all()) return;
    std::set<std::string> seen;
    for (const std::string& type : types.empty() ? reach.types().value_or(std::vector<std::string>()) : types) see(type, reach, seen, use);
}

base::Fault not_in_use(const fhir::search::Parameter& parameter) {
    return wait("the search parameter " + parameter.code + " was changed or withdrawn while the question was read; ask again", base::IssueType::transient);
}

base::Fault not_filled(const fhir::search::Parameter& parameter) {
    return wait("the search parameter " + parameter.code + " is new here: what is stored is being indexed for it; try again later",
                base::IssueType::incomplete);
}

base::Fault references_not_filled() {
    return wait("a search parameter of references is new here: what is stored is being indexed for it; try again later", base::IssueType::incomplete);
}

}  // namespace store
