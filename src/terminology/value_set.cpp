// SPDX-License-Identifier: Apache-2.0
#include "terminology/value_set.h"

#include "base/text.h"
#include "terminology/version_pattern.h"

#include <fmt/format.h>
#include <algorithm>
#include <numeric>

namespace terminology {

using fhir::View;

namespace {

// What one question may cost: value sets can include value sets that include value sets ...
constexpr int most_steps = 20'000;

Answer all_of(Answer a, Answer b) {
    if (a == Answer::no || b == Answer::no) return Answer::no;
    return a == Answer::yes && b == Answer::yes ? Answer::yes : Answer::unknown;
}

std::string with_version(std::string_view url, std::string_view version) {
    return version.empty() ? std::string(url) : fmt::format("{}|{}", url, version);
}

std::vector<CodeList::Designation> designations(View node) {
    std::vector<CodeList::Designation> all;
    for (const View each : node.children(node.document().find("designation"))) {
        const View use = each.child("use");
        all.push_back({std::string(each.child("value").text()), std::string(each.child("language").text()),
                       std::string(use.child("system").text()), std::string(use.child("code").text()),
                       std::string(use.child("display").text())});
    }
    return all;
}

}  // namespace

void CodeList::sort() {
    sorted_.resize(entries_.size());
    std::iota(sorted_.begin(), sorted_.end(), 0U);
    std::stable_sort(sorted_.begin(), sorted_.end(),
                     [this](std::uint32_t a, std::uint32_t b) { return entries_[a].code < entries_[b].code; });
}

const CodeList::Entry* CodeList::find(std::string_view system, std::string_view code) const {
    auto at = std::lower_bound(sorted_.begin(), sorted_.end(), code,
                               [this](std::uint32_t i, std::string_view key) { return entries_[i].code < key; });
    for (; at != sorted_.end() && entries_[*at].code == code; ++at)
        if (system.empty() || entries_[*at].system.empty() || entries_[*at].system == system) return &entries_[*at];
    return nullptr;
}

std::size_t CodeList::bytes() const {
    std::size_t sum = entries_.size() * (sizeof(Entry) + sizeof(std::uint32_t));
    for (const Entry& each : entries_) {
        for (const std::string* text : {&each.code, &each.system, &each.version, &each.display})
            if (text->size() > 15) sum += text->size() + 1;
        for (const auto& other : each.designations) sum += sizeof(Designation) + other.value.size();
    }
    return sum;
}

namespace {

constexpr int most_contained = 500;  // contained value sets read for one resource

std::shared_ptr<const CodeSystem> contained_system(View holder, std::string_view url) {
    for (const View each : holder.children(holder.document().find("contained")))
        if (each.child("url").text() == url && each.child("content"))
            return std::make_shared<const CodeSystem>(CodeSystem::compile(each));
    return nullptr;
}

}  // namespace

ValueSet ValueSet::link(View resource, std::string_view package, const Links& links) {
    // What the resource contains comes first: "#id" for value sets, the URL for code systems (FHIR R4 2.3.2).
    Links own = links;
    own.system = [&links, resource](std::string_view url, std::string_view version) {
        auto found = contained_system(resource, url);
        return found ? found : links.system(url, version);
    };
    std::vector<std::string_view> open;  // those that are being read right now
    int left = most_contained;
    own.set = [&links, &own, &open, &left, resource, package](std::string_view canonical) {
        if (!canonical.starts_with('#')) return links.set(canonical);
        Clause::Import import{std::string(canonical), nullptr, std::find(open.begin(), open.end(), canonical) != open.end()};
        if (import.circular) return import;
        for (const View each : resource.children(resource.document().find("contained"))) {
            if (each.child("id").text() != canonical.substr(1) || --left < 0) continue;
            open.push_back(canonical);
            import.set = std::make_shared<const ValueSet>(read(each, package, own));
            open.pop_back();
            break;
        }
        return import;
    };
    return read(resource, package, own);
}

ValueSet ValueSet::read(View resource, std::string_view package, const Links& links) {
    ValueSet made;
    made.url_ = resource.child("url").text();
    made.version_ = resource.child("version").text();
    made.name_ = resource.child("name").text();
    made.title_ = resource.child("title").text();
    made.language_ = resource.child("language").text();
    made.package_ = package;
    for (const View extension : resource.children(resource.document().find("extension")))
        if (extension.child("url").text() == "http://hl7.org/fhir/StructureDefinition/valueset-supplement")
            made.supplements_.emplace_back(extension.child("valueCanonical").text());
    if (const View compose = resource.child("compose")) {
        made.composed_ = true;
        made.with_inactive_ = compose.child("inactive").text() != "false";
        for (const View node : compose.children(resource.document().find("include")))
            made.includes_.push_back(made.clause(node, links));
        for (const View node : compose.children(resource.document().find("exclude")))
            made.excludes_.push_back(made.clause(node, links));
    }
    if (const View expansion = resource.child("expansion")) made.read_expansion(expansion);
    for (const std::string& supplement : made.supplements_)
        if (!made.uses(supplement)) made.missing_supplement_ = supplement;
    return made;
}

bool ValueSet::uses(std::string_view supplement) const {
    const std::string_view url = base::cut(supplement, '|').first;
    for (const Clause& clause : includes_) {
        if (!clause.table) continue;
        for (const std::string& used : clause.table->used_supplements())
            if (used == supplement || base::cut(used, '|').first == url) return true;
    }
    return false;
}

Clause ValueSet::clause(View node, const Links& links) {
    Clause made;
    made.system = node.child("system").text();
    made.version = node.child("version").text();
    if (!made.system.empty()) {
        made.built_in = terminology::built_in(made.system);
        made.table = links.system(made.system, made.version);
        if (!supplements_.empty() && links.supplemented) {
            if (auto more = links.supplemented(made.system, made.version, supplements_)) made.table = std::move(more);
        }
        if (made.table && made.table->content() == Content::not_present) made.table = nullptr;
    }
    const fhir::Document& document = node.document();
    for (const View each : node.children(document.find("concept"))) {
        CodeList::Entry entry;
        entry.code = each.child("code").text();
        entry.display = each.child("display").text();
        entry.designations = designations(each);
        made.concepts.add(std::move(entry));
    }
    made.concepts.sort();
    for (const View each : node.children(document.find("filter")))
        made.filters.emplace_back(each.child("property").text(), each.child("op").text(), each.child("value").text(), made.listing());
    for (const View each : node.children(document.find("valueSet"))) {
        made.imports.push_back(links.set(each.text()));
        const auto& import = made.imports.back();
        circular_ = circular_ || import.circular || (import.set && import.set->circular());
    }
    return made;
}

void ValueSet::read_expansion(View node) {
    expansion_complete_ = true;
    for (const View extension : node.children(node.document().find("extension"))) {
        const std::string_view url = extension.child("url").text();
        if ((url.ends_with("/valueset-unclosed") || url.ends_with("/valueset-toocostly") || url.ends_with("/expansion-toocostly")) &&
            extension.child("valueBoolean").text() != "false")
            expansion_complete_ = false;
    }
    for (const View parameter : node.children(node.document().find("parameter"))) {
        const std::string_view name = parameter.child("name").text();
        const std::string_view flag = parameter.child("valueBoolean").text();
        if (name == "limitedExpansion" && flag == "true") expansion_complete_ = false;
        if ((name == "filter" || name == "activeOnly") && flag != "false") expansion_complete_ = false;
    }
    read_contains(node, 0);
    expansion_.sort();
    if (!node.child("offset").text().empty() && node.child("offset").text() != "0") expansion_complete_ = false;
    const auto total = base::to_integer(node.child("total").text());
    if (total && *total > static_cast<std::int64_t>(expansion_.entries().size())) expansion_complete_ = false;
}

void ValueSet::read_contains(View node, std::uint32_t depth) {
    for (const View each : node.children(node.document().find("contains"))) {
        CodeList::Entry entry;
        entry.code = each.child("code").text();
        entry.system = each.child("system").text();
        entry.version = each.child("version").text();
        entry.display = each.child("display").text();
        entry.designations = designations(each);
        entry.inactive = each.child("inactive").text() == "true";
        entry.abstract = each.child("abstract").text() == "true";
        entry.depth = depth;
        if (!entry.code.empty()) expansion_.add(std::move(entry));
        read_contains(each, depth + 1);
    }
}

std::shared_ptr<const ValueSet> ValueSet::implicit(std::string_view url, const Links& links) {
    struct Whole {
        std::string_view set, system;
    };
    static constexpr Whole whole[] = {{"http://snomed.info/sct?fhir_vs", "http://snomed.info/sct"},
                                      {"http://loinc.org/vs", "http://loinc.org"},
                                      {"http://unitsofmeasure.org/vs", "http://unitsofmeasure.org"}};
    std::string_view system;
    std::string_view isa;
    for (const Whole& each : whole)
        if (url == each.set) system = each.system;
    constexpr std::string_view below = "http://snomed.info/sct?fhir_vs=isa/";
    if (url.starts_with(below)) {
        system = "http://snomed.info/sct";
        isa = url.substr(below.size());
    }
    if (system.empty()) return nullptr;
    ValueSet made;
    made.url_ = url;
    made.name_ = url;
    made.composed_ = true;
    Clause clause;
    clause.system = system;
    clause.built_in = terminology::built_in(system);
    clause.table = links.system(system, {});
    if (clause.table && clause.table->content() == Content::not_present) clause.table = nullptr;
    if (!isa.empty()) clause.filters.emplace_back("concept", "is-a", isa, clause.listing());
    made.includes_.push_back(std::move(clause));
    return std::make_shared<const ValueSet>(std::move(made));
}

struct ValueSet::Search {
    const Asked& asked;
    const fhir::ucum::Units* units;
    int steps = 0;
};

Match ValueSet::find(const Asked& asked, const fhir::ucum::Units* units) const {
    Search search{asked, units};
    Match match;
    find(search, match);
    return match;
}

Answer ValueSet::in(const Clause& clause, const Asked& asked, const fhir::ucum::Units* units, Match& match) const {
    Search search{asked, units};
    return in_clause(clause, search, match);
}

// Sets `match` to what this set says; what it held before is gone.
void ValueSet::find(Search& search, Match& match) const {
    match = {};
    if (!missing_supplement_.empty()) {
        match.answer = Answer::unknown;
        match.why = fmt::format("the value set {} demands the supplement {}, which is not known", canonical(), missing_supplement_);
        return;
    }
    if (!composed_) {
        if (const auto* entry = expansion_.find(search.asked.system, search.asked.code)) {
            match = {Answer::yes, entry->system, nullptr, no_concept, entry};
        } else if (!expansion_complete_) {
            match.answer = Answer::unknown;
            match.why = fmt::format("the value set {} is only known by a part of its expansion", canonical());
        }
        return;
    }
    std::string why;
    for (const Clause& each : includes_) {
        Match part;
        const Answer answer = in_clause(each, search, part);
        part.answer = answer;
        if (answer == Answer::yes) {
            match = std::move(part);
            break;
        }
        if (why.empty()) why = std::move(part.why);
        if (answer == Answer::unknown) match.answer = Answer::unknown;
    }
    if (match.answer == Answer::no) {
        match.why = std::move(why);
        return;
    }
    if (match.answer == Answer::unknown && !expansion_.empty()) {
        if (const auto* entry = expansion_.find(search.asked.system, search.asked.code)) {
            match = {Answer::yes, entry->system, nullptr, no_concept, entry};
        } else if (expansion_complete_ && !package_.starts_with("hl7.fhir.r4.")) {
            // Somebody gave the whole of it with the set. R4's own expansions are older than the systems they show.
            match.answer = Answer::no;
            return;
        }
    }
    for (const Clause& each : excludes_) {
        Match part;
        const Answer answer = in_clause(each, search, part);
        if (answer == Answer::yes) {
            match.answer = Answer::no;
            match.why = fmt::format("the value set {} excludes it", canonical());
            return;
        }
        if (answer == Answer::unknown) {
            match.answer = Answer::unknown;
            if (why.empty()) why = std::move(part.why);
        }
    }
    if (!with_inactive_ && match.answer == Answer::yes &&
        ((match.table && match.id != no_concept && match.table->inactive(match.id)) || (match.entry && match.entry->inactive))) {
        match.answer = Answer::no;
        match.why = fmt::format("the code is inactive, and the value set {} has only active codes", canonical());
        return;
    }
    if (match.answer == Answer::unknown) match.why = std::move(why);
}

Answer ValueSet::in_clause(const Clause& clause, Search& search, Match& match) {
    if (++search.steps > most_steps) {
        match.why = "the value sets are nested too deeply";
        return Answer::unknown;
    }
    Answer answer = clause.system.empty() && clause.imports.empty() ? Answer::no : Answer::yes;
    if (!clause.system.empty()) {
        answer = in_system(clause, search, match);
        if (answer == Answer::no) return answer;
    }
    for (const auto& import : clause.imports) {
        if (import.circular) {
            match.why = fmt::format("the value set {} includes itself", import.canonical);
            answer = Answer::no;  // what is in it only because it is in it, is not
            continue;
        }
        if (!import.set) {
            match.why = fmt::format("the value set {} is not known", import.canonical);
            answer = all_of(answer, Answer::unknown);
            continue;
        }
        Match part;
        import.set->find(search, part);
        answer = all_of(answer, part.answer);
        if (part.answer == Answer::yes && !match.table && !match.entry) {
            match = std::move(part);
        } else if (part.answer != Answer::yes) {
            match.why = std::move(part.why);
        }
        if (answer == Answer::no) return answer;
    }
    return answer;
}

Answer ValueSet::in_system(const Clause& clause, Search& search, Match& match) {
    const Asked& asked = search.asked;
    if (!asked.system.empty() && asked.system != clause.system) return Answer::no;
    const bool its_version = clause.table && clause.table->version() == asked.version;
    if (!its_version && !version_fits(clause.version, asked.version)) {
        match.why = fmt::format("the value set has version {} of {}; the code has {}", clause.version, clause.system, asked.version);
        return Answer::no;
    }
    const CodeSystem* table = clause.listing();
    if (asked.table && asked.table->content() != Content::not_present) table = asked.table;
    match.system = clause.system;
    match.table = table;
    match.id = table ? table->find(asked.code) : no_concept;
    if (!clause.concepts.empty()) {
        match.entry = clause.concepts.find({}, asked.code);
        if (!match.entry && match.id != no_concept && !table->case_sensitive())
            match.entry = clause.concepts.find({}, table->code(match.id));
        return match.entry ? Answer::yes : Answer::no;
    }
    Answer known = Answer::unknown;
    if (table) {
        known = match.id != no_concept ? Answer::yes : table->content() == Content::complete ? Answer::no : Answer::unknown;
    }
    if (known == Answer::unknown && clause.built_in) {
        Ruling ruling = clause.built_in->grammar(asked.code, search.units);
        known = ruling.known;
        match.why = std::move(ruling.why);
    }
    if (known == Answer::no) return known;
    for (const Filter& filter : clause.filters)
        if (known == Answer::unknown && filter.names(asked.code)) known = Answer::yes;
    if (known == Answer::unknown && match.why.empty())
        match.why = table ? fmt::format("only a part of the code system {} is here", clause.system)
                          : fmt::format("the content of the code system {} is not here", with_version(clause.system, clause.version));
    return all_of(known, in_filters(clause, search, match));
}

Answer ValueSet::in_filters(const Clause& clause, Search& search, Match& match) {
    Answer answer = Answer::yes;
    for (const Filter& filter : clause.filters) {
        const Answer passes = match.id == no_concept              ? filter.passes_without(search.asked.code, search.units)
                              : match.table == clause.listing() ? filter.passes(*match.table, match.id)
                                                                : filter.compiled_for(*match.table).passes(*match.table, match.id);
        if (passes == Answer::unknown && match.why.empty())
            match.why = filter.broken().empty()
                            ? fmt::format("the filter on '{}' of {} cannot be computed here", filter.property(), clause.system)
                            : filter.broken();
        answer = all_of(answer, passes);
        if (answer == Answer::no) break;
    }
    return answer;
}

std::size_t ValueSet::bytes() const {
    std::size_t sum = sizeof(ValueSet) + expansion_.bytes();
    for (const auto* clauses : {&includes_, &excludes_})
        for (const Clause& each : *clauses)
            sum += sizeof(Clause) + each.concepts.bytes() + each.filters.size() * sizeof(Filter) + each.imports.size() * 64;
    return sum;
}

}  // namespace terminology
