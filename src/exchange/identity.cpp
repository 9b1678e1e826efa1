// SPDX-License-Identifier: Apache-2.0
#include "exchange/identity.h"

#include "fhir/codec/json.h"
#include "interaction/operation/joining.h"

namespace exchange {

namespace {

using base::Fault;
using fhir::search::Reach;
using namespace fhir::literals;

constexpr int most_looked_at = 20;  // records that share one Identifier after merges

// From memory, else as the snapshot has it: most of what is not in memory is new, and its moment is open already. What is found there is read
// the other way, so that it is remembered.
base::Result<std::optional<store::Version>> living(const store::Name& name, store::Snapshot& snapshot, const interaction::Context& context) {
    auto found = context.repository.remembered(name.type, name.id);
    if (!found) {
        TRY(found, snapshot.read(name.type, name.id));
        if (found) {
            TRY(found, context.repository.read(name.type, name.id));
        }
    }
    if (found && found->deleted()) found.reset();
    return found;
}

// Current records that have the Identifier.
base::Result<std::vector<store::Version>> with_number(const mapping::Entry& entry, store::Snapshot& snapshot, const interaction::Context& context) {
    const fhir::search::Parameter* parameter = context.parameters.find(entry.type, "identifier");
    if (!entry.known_by || parameter == nullptr) return std::vector<store::Version>{};
    fhir::search::Query query;
    query.type = entry.type;
    fhir::search::Clause& has = query.clauses.emplace_back();
    has.parameter = parameter;
    fhir::search::Value& value = has.any_of.emplace_back();
    value.has_system = true;
    value.system = entry.known_by->system;
    value.code = entry.known_by->value;
    TRY(auto page, snapshot.search(query, Reach::everything(), {.count = most_looked_at, .after = {}, .as_of = 0}));
    return std::move(page.entries);
}

fhir::Document body_of(const store::Version& version, const interaction::Context& context) {
    auto document = fhir::codec::read_json(*version.body, context.schema.names());
    if (!document) throw std::logic_error("a stored body cannot be read");
    return *std::move(document);
}

// Has it the Identifier only because another record was merged into it?
bool by_merge(fhir::View resource, const mapping::Number& number) {
    bool old = false;
    for (const fhir::View identifier : resource.children("identifier"_name)) {
        if (identifier.text("system"_name) != number.system || identifier.text("value"_name) != number.value) continue;
        if (identifier.text("use"_name) != "old") return false;
        old = true;
    }
    return old;
}

Fault two() {
    return Fault{Fault::Kind::ambiguous, "More than one stored record has the identifier that this message names; which one is meant cannot be told.", "",
                 base::IssueType::multiple_matches};
}

}  // namespace

base::Result<Meant> who_is(const mapping::Entry& entry, bool itself, store::Snapshot& snapshot, const interaction::Context& context) {
    Meant meant{{entry.type, entry.id}, std::nullopt, false};
    TRY(meant.stored, living(meant.name, snapshot, context));
    if (!meant.stored && entry.known_by) {
        TRY(const auto matched, with_number(entry, snapshot, context));
        std::set<store::Name> candidates;
        for (const store::Version& version : matched) {
            const store::Name name{version.type, version.id};
            if (itself) {
                const fhir::Document body = body_of(version, context);
                if (!by_merge(body.root(), *entry.known_by)) candidates.insert(name);
                continue;
            }
            TRY(store::Name end, interaction::survivor_of(name, snapshot, context));
            candidates.insert(std::move(end));
        }
        if (candidates.size() > 1) return two();
        if (!candidates.empty()) {
            meant.name = *candidates.begin();
            TRY(meant.stored, living(meant.name, snapshot, context));
        }
        return meant;
    }
    if (itself || !meant.stored || meant.stored->body->find("replaced-by") == std::string::npos) return meant;
    TRY(store::Name end, interaction::survivor_of(meant.name, snapshot, context));
    if (end == meant.name) return meant;
    meant.name = std::move(end);
    meant.merged = true;
    TRY(meant.stored, living(meant.name, snapshot, context));
    return meant;
}

base::Result<void> check_alone(const mapping::Entry& entry, const std::string& id, store::Snapshot& now, const interaction::Context& context) {
    TRY(const auto matched, with_number(entry, now, context));
    for (const store::Version& version : matched)
        if (version.id != id) return Fault{Fault::Kind::stale, "Somebody else stored a record with this identifier meanwhile."};
    return {};
}

std::set<store::Name> themselves(const mapping::Translation& translation) {
    std::set<store::Name> names;
    for (const mapping::Merge& merge : translation.merges) {
        using Kind = mapping::Merge::Kind;
        if (merge.kind == Kind::merge || merge.kind == Kind::unmerge) names.insert({merge.type, merge.gone});
        if (merge.kind == Kind::unmerge) names.insert({merge.kept_type, merge.kept});
    }
    return names;
}

}  // namespace exchange
