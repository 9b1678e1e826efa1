// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/members.h"

#include "interaction/operation/reachable.h"
#include "interaction/verb/shown.h"

#include <algorithm>

namespace interaction {
namespace {

using fhir::search::Clause;
using fhir::search::Query;
using store::Name;

constexpr int piece = 200;                   // members in memory at a time
constexpr std::size_t most_members = 50'000;  // a walk over more would take minutes
constexpr std::size_t most_names = 20'000;
constexpr int most_steps = 6;                // from organization to organization

base::Fault too_many(const std::string& kind) {
    return {base::Fault::Kind::too_costly,
            "There is too much that belongs to this " + kind + " to follow its references; ask for types of its compartment with _type."};
}

Clause id_of(const std::string& type, const std::string& id, const Context& context) {
    Clause clause;
    clause.parameter = context.parameters.find(type, "_id");
    clause.any_of.emplace_back().code = id;
    return clause;
}

// One of the compartment's parameters refers to some resource of that kind.
Clause of_any(Clause member, const std::string& kind) {
    std::erase_if(member.parts, [](const Clause& part) { return part.parameter->type != fhir::search::ParameterType::reference; });
    for (Clause& part : member.parts) {
        part.kind = Clause::Kind::forward;
        part.type = kind;
        part.any_of.clear();
    }
    return member;
}

// Adds the names that a resource refers to, of those types that `wanted` takes.
template <class Wanted>
void add_targets(const store::Version& version, const Context& context, const Wanted& wanted, std::set<Name>& names) {
    for (Name& name : targets_of(version, context))
        if (wanted(name.type)) names.insert(std::move(name));
}

}  // namespace

std::vector<Query> Circle::questions(const Context& context) const {
    const fhir::search::Compartments& known = *context.compartments;
    std::vector<Query> questions;
    Query itself;
    itself.type = kind;
    if (!id.empty()) itself.clauses.push_back(id_of(kind, id, context));
    questions.push_back(std::move(itself));
    for (const std::string& type : known.types(kind)) {
        if (type == kind && id.empty()) continue;
        Query query;
        query.type = type;
        Clause member = *known.clause(kind, id, type, context.parameters);
        if (id.empty()) member = of_any(std::move(member), kind);
        if (type == kind) {
            Clause others;
            others.kind = Clause::Kind::none;
            others.parts.push_back(id_of(kind, id, context));
            query.clauses.push_back(std::move(others));
            std::erase_if(member.parts, [](const Clause& part) { return part.parameter->code == "_id"; });
        }
        if (member.parts.empty()) continue;
        query.clauses.push_back(std::move(member));
        if (auto dated = cared_for(type, care, context.parameters)) query.clauses.push_back(*std::move(dated));
        questions.push_back(std::move(query));
    }
    return questions;
}

base::Result<std::set<Name>> Circle::outside(store::Snapshot& snapshot, const fhir::search::Reach& reach, const permission::Plan& plan,
                                             const Context& context) const {
    const fhir::search::Compartments& known = *context.compartments;
    const auto is_outside = [&](const std::string& type) { return !known.holds(kind, type) && context.schema.is_resource(type); };
    const auto is_nobodys = [&](const std::string& type) { return is_outside(type) && !known.holds("Patient", type); };
    std::set<Name> names;
    std::size_t walked = 0;
    for (const Query& query : questions(context)) {
        store::Window window;
        window.count = piece;
        window.as_of = as_of;
        do {
            TRY(const store::Page page, snapshot.search(query, reach, window));
            for (const store::Version& version : page.entries) add_targets(version, context, is_outside, names);
            walked += page.entries.size();
            if (walked > most_members || names.size() > most_names) return too_many(kind);
            window.after = page.next;
        } while (!window.after.empty());
    }
    std::vector<Name> fresh(names.begin(), names.end());
    for (int step = 0; step < most_steps && !fresh.empty(); ++step) {
        std::set<Name> further;
        for (std::size_t begin = 0; begin < fresh.size(); begin += piece) {
            const std::size_t end = std::min(fresh.size(), begin + piece);
            const std::vector<Name> some(fresh.begin() + static_cast<std::ptrdiff_t>(begin), fresh.begin() + static_cast<std::ptrdiff_t>(end));
            TRY(const auto versions, fetch(snapshot, some, reach, plan, as_of, context));
            for (const store::Version& version : versions) add_targets(version, context, is_nobodys, further);
        }
        fresh.clear();
        for (const Name& name : further)
            if (names.insert(name).second) fresh.push_back(name);
        if (names.size() > most_names) return too_many(kind);
    }
    return names;
}

}  // namespace interaction
