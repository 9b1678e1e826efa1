// SPDX-License-Identifier: Apache-2.0
#include "exchange/identity.h"

#include "fhir/codec/json.h"
#include "fhir/resource/bundle_reference.h"

namespace exchange {

namespace {

using base::Fault;
using fhir::search::Reach;
using namespace fhir::literals;

constexpr int most_looked_at = 20;   // records that share one Identifier after merges
constexpr int most_alike = 100;      // records of one patient

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

// What is said of it: a code in common, and where there is none the same words.
bool same_concept(fhir::View a, fhir::View b) {
    bool coded_a = false, coded_b = false;
    for (const fhir::View one : a.children("coding"_name)) {
        if (one.text("code"_name).empty()) continue;
        coded_a = true;
        for (const fhir::View other : b.children("coding"_name)) {
            if (other.text("code"_name).empty()) continue;
            coded_b = true;
            if (one.text("code"_name) == other.text("code"_name) && one.text("system"_name) == other.text("system"_name)) return true;
        }
    }
    return !coded_a && !coded_b && !a.text("text"_name).empty() && a.text("text"_name) == b.text("text"_name);
}

// Two numbers of one system are two things.
bool other_number(fhir::View a, fhir::View b) {
    bool other = false;
    for (const fhir::View one : a.children("identifier"_name))
        for (const fhir::View two : b.children("identifier"_name)) {
            if (one.text("system"_name) != two.text("system"_name)) continue;
            if (one.text("value"_name) == two.text("value"_name)) return false;
            other = true;
        }
    return other;
}

bool taken_back(fhir::View resource) {
    return resource.child("verificationStatus").child("coding"_name).text("code"_name) == "entered-in-error";
}

// The only stored record that is like the entry; of several the only one that was not taken back.
base::Result<std::optional<store::Version>> like_it(const mapping::Entry& entry, const interaction::Targets& targets, store::Snapshot& snapshot,
                                                    const interaction::Context& context) {
    std::optional<store::Version> only;
    if (entry.alike.empty()) return only;
    const fhir::View root = entry.resource.root();
    const std::string own(root.child(entry.alike.front()).text("reference"_name));
    const auto moved = targets.find("urn:here/" + own);
    const std::string whose = moved == targets.end() ? own : moved->second;
    const auto reference = fhir::resource::parse_reference(whose);
    const fhir::search::Parameter* parameter = context.parameters.find(entry.type, entry.alike.front());
    if (parameter == nullptr || reference.form != fhir::resource::Reference::Form::relative) return only;
    const store::Step step{.type = entry.type, .parameters = {parameter}, .target = std::string(reference.type), .backward = true};
    TRY(const auto found, snapshot.follow({{std::string(reference.type), std::string(reference.id)}}, step, Reach::everything(), most_alike));
    std::vector<std::pair<bool, store::Version>> matching;
    for (const store::Version& version : found) {
        if (!version.body) continue;
        const fhir::Document body = body_of(version, context);
        if (alike(root, body.root(), entry.alike)) matching.emplace_back(taken_back(body.root()), version);
    }
    if (matching.size() > 1) std::erase_if(matching, [](const auto& one) { return one.first; });
    if (matching.size() == 1) only = std::move(matching.front().second);
    return only;
}

Fault two() {
    return Fault{Fault::Kind::ambiguous, "More than one stored record has the identifier that this message names; which one is meant cannot be told.", "",
                 base::IssueType::multiple_matches};
}

}  // namespace

bool alike(fhir::View one, fhir::View other, const std::vector<std::string>& elements) {
    for (std::size_t i = 1; i < elements.size(); ++i)
        if (!same_concept(one.child(elements[i]), other.child(elements[i]))) return false;
    return elements.size() > 1 && !other_number(one, other);
}

base::Result<Meant> who_is(const mapping::Entry& entry, bool itself, const interaction::Targets& targets, store::Snapshot& snapshot,
                           const interaction::Context& context) {
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
        if (meant.stored) return meant;
    }
    if (!meant.stored && !itself) {
        TRY(meant.stored, like_it(entry, targets, snapshot, context));
        if (meant.stored) meant.name.id = meant.stored->id;
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
