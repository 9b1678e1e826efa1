// SPDX-License-Identifier: Apache-2.0
#include "interaction/operation/reachable.h"

#include "fhir/resource/bundle_reference.h"
#include "interaction/verb/rewrite.h"
#include "interaction/verb/shown.h"
#include "interaction/verb/sight.h"

#include <map>
#include <set>

namespace interaction {

base::Result<store::Version> reachable(store::Snapshot& snapshot, const std::string& type, const std::string& id,
                                       const permission::Plan& plan, const Context& context) {
    TRY(auto found, snapshot.read(type, id));
    if (!found) return missing(type, id);
    TRY(const bool there, seen(plan, *found, snapshot, context));
    if (!there) return missing(type, id);
    if (found->deleted()) return gone(type, id);
    return *std::move(found);
}

base::Result<std::vector<store::Version>> fetch(store::Snapshot& snapshot, const std::vector<store::Name>& names,
                                                const fhir::search::Reach& reach, const permission::Plan& plan, store::Position as_of,
                                                const Context& context) {
    constexpr std::size_t at_once = 200;  // ids in one question
    std::map<std::string, std::vector<fhir::search::Clause>> by_type;
    for (const store::Name& name : names) {
        if (!context.schema.is_resource(name.type) || reach.nothing(name.type)) continue;
        auto& clauses = by_type[name.type];
        if (clauses.empty() || clauses.back().any_of.size() == at_once)
            clauses.emplace_back().parameter = context.parameters.find(name.type, "_id");
        clauses.back().any_of.emplace_back().code = name.id;
    }
    std::map<store::Name, store::Version> found;
    const auto ask = [&](const std::string& type, fhir::search::Clause clause) -> base::Result<void> {
        fhir::search::Query query;
        query.type = type;
        store::Window window;
        window.count = static_cast<int>(clause.any_of.size());
        window.as_of = as_of;
        query.clauses.push_back(std::move(clause));
        TRY(auto page, snapshot.search(query, reach, window));
        TRY(drop_unseen(page.entries, plan, snapshot, context));
        for (store::Version& version : page.entries) {
            const store::Name name{version.type, version.id};
            found.insert_or_assign(name, std::move(version));
        }
        return {};
    };
    for (auto& [type, clauses] : by_type)
        for (fhir::search::Clause& clause : clauses) TRY(ask(type, std::move(clause)));
    std::vector<store::Version> versions;
    for (const store::Name& name : names)
        if (auto node = found.extract(name)) versions.push_back(std::move(node.mapped()));
    return versions;
}

std::vector<store::Name> targets_of(const store::Version& version, const Context& context) {
    const fhir::Document document = body_of(version, context);
    std::vector<store::Name> names;
    std::set<store::Name> seen;
    for (const Link& link : links_of(document.root(), context.schema)) {
        if (link.kind != Link::Kind::reference) continue;
        const auto reference = fhir::resource::parse_reference(link.at.text());
        store::Name name{std::string(reference.type), std::string(reference.id)};
        if (reference.form == fhir::resource::Reference::Form::relative && seen.insert(name).second) names.push_back(std::move(name));
    }
    return names;
}

}  // namespace interaction
