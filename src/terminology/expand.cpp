// SPDX-License-Identifier: Apache-2.0
#include "terminology/expand.h"

#include "base/text.h"

#include <fmt/format.h>
#include <algorithm>
#include <unordered_set>

namespace terminology {

namespace {

using base::Fault;

constexpr std::size_t most_work = 2'000'000;  // codes looked at
constexpr int deepest = 50;

std::string canonical(std::string_view url, std::string_view version) {
    return version.empty() ? std::string(url) : fmt::format("{}|{}", url, version);
}

void add_once(std::vector<std::string>& all, std::string text) {
    if (!text.empty() && std::find(all.begin(), all.end(), text) == all.end()) all.push_back(std::move(text));
}

// Each word of the filter begins a word of the text.
bool has_words(std::string_view text, const std::vector<std::string>& words) {
    const std::string folded = base::fold(text);
    return std::all_of(words.begin(), words.end(), [&](const std::string& word) {
        for (std::size_t at = folded.find(word); at != std::string::npos; at = folded.find(word, at + 1))
            if (at == 0 || !((folded[at - 1] >= 'a' && folded[at - 1] <= 'z') || (folded[at - 1] >= '0' && folded[at - 1] <= '9')))
                return true;
        return false;
    });
}

class Lister {
public:
    Lister(const ExpandQuestion& question, const fhir::ucum::Units* units) : question_(question), units_(units) {
        const std::string folded = base::fold(question.filter);
        for (const std::string_view word : base::split(folded, ' '))
            if (!word.empty()) words_.emplace_back(word);
    }

    base::Result<Expansion> run(const ValueSet& set) {
        TRY(auto codes, list(set, 0));
        for (Expanded& each : codes) {
            if (question_.active_only && each.inactive) continue;
            if (!words_.empty() && !passes_words(each)) continue;
            if (made_.total >= question_.offset && (!question_.count || made_.codes.size() < *question_.count))
                made_.codes.push_back(each);
            ++made_.total;
        }
        if (!question_.count && made_.codes.size() > question_.most)
            return Fault{Fault::Kind::too_costly, fmt::format("the value set has {} codes; ask for pages with 'count' and 'offset', or "
                                                              "narrow it with 'filter'", made_.total)};
        return std::move(made_);
    }

private:
    bool passes_words(const Expanded& each) const {
        if (base::fold(each.code).starts_with(words_[0]) && words_.size() == 1) return true;
        const LanguageChoice plain;
        if (has_words(plain.display(each.table, each.id, each.entry, {}), words_)) return true;
        if (!each.table || each.id == no_concept) return false;
        for (const auto& designation : each.table->designations(each.id))
            if (has_words(each.table->text(designation.value), words_)) return true;
        return false;
    }

    base::Result<std::vector<Expanded>> list(const ValueSet& set, int depth) {
        std::vector<Expanded> codes;
        if (!set.missing_supplement().empty())
            return Fault{Fault::Kind::missing,
                         fmt::format("the value set {} demands the supplement {}, which is not known", set.canonical(), set.missing_supplement())};
        if (depth > deepest) return Fault{Fault::Kind::too_costly, "the value sets are nested too deeply"};
        if (!set.composed()) {
            from_expansion(set, codes);
            return codes;
        }
        std::unordered_set<std::string> seen;
        for (const Clause& clause : set.includes()) {
            auto part = of_clause(set, clause, depth);
            if (!part) {
                // What cannot be composed may have come composed.
                if (set.expansion().empty() || !set.expansion_complete()) return std::move(part).fault();
                codes.clear();
                from_expansion(set, codes);
                return codes;
            }
            for (Expanded& each : *part) {
                if (++work_ > most_work) return Fault{Fault::Kind::too_costly, "the value set is too large to be expanded"};
                if (!set.with_inactive() && each.inactive) continue;
                TRY(const bool out, excluded(set, each));
                if (out) continue;
                if (seen.insert(fmt::format("{}|{}#{}", each.system, each.version, each.code)).second) codes.push_back(each);
            }
        }
        return codes;
    }

    base::Result<bool> excluded(const ValueSet& set, const Expanded& each) {
        for (const Clause& clause : set.excludes()) {
            Match match;
            const Asked asked{each.system, each.version, each.code, each.table};
            switch (set.in(clause, asked, units_, match)) {
                case Answer::yes: return true;
                case Answer::unknown: return Fault{Fault::Kind::unsupported, match.why};
                case Answer::no: break;
            }
        }
        return false;
    }

    void from_expansion(const ValueSet& set, std::vector<Expanded>& codes) {
        made_.partial = made_.partial || !set.expansion_complete();
        for (const auto& entry : set.expansion().entries())
            codes.push_back({entry.system, entry.version, entry.code, nullptr, no_concept, &entry, set.language(), entry.inactive, entry.abstract});
    }

    base::Result<std::vector<Expanded>> of_clause(const ValueSet& set, const Clause& clause, int depth) {
        std::vector<Expanded> codes;
        if (!clause.system.empty()) {
            TRY(codes, of_system(set, clause));
        }
        for (std::size_t i = 0; i < clause.imports.size(); ++i) {
            const auto& import = clause.imports[i];
            if (import.circular) {
                return Fault{Fault::Kind::invalid, fmt::format("the value set {} includes itself", import.canonical)};
            }
            if (!import.set)
                return Fault{Fault::Kind::missing, fmt::format("the value set {} is not known", import.canonical)};
            add_once(made_.value_sets, import.set->canonical());
            TRY(auto others, list(*import.set, depth + 1));
            if (i == 0 && clause.system.empty()) {
                codes = std::move(others);
                continue;
            }
            std::unordered_set<std::string> there;
            for (const Expanded& each : others) there.insert(fmt::format("{}#{}", each.system, each.code));
            std::erase_if(codes, [&](const Expanded& each) { return !there.contains(fmt::format("{}#{}", each.system, each.code)); });
        }
        return codes;
    }

    base::Result<std::vector<Expanded>> of_system(const ValueSet& set, const Clause& clause) {
        std::vector<Expanded> codes;
        const CodeSystem* table = clause.listing();
        const auto row = [&](ConceptId id, const CodeList::Entry* entry) {
            Expanded each{clause.system, table ? std::string_view(table->version()) : std::string_view(clause.version), {}, table, id, entry,
                          set.language()};
            each.code = id != no_concept ? table->code(id) : std::string_view(entry->code);
            each.inactive = id != no_concept && table->inactive(id);
            each.abstract = id != no_concept && table->abstract(id);
            return each;
        };
        if (table) {
            add_once(made_.systems, canonical(clause.system, table->version()));
            for (const std::string& supplement : table->used_supplements()) add_once(made_.supplements, supplement);
            if (table->content() != Content::complete) made_.partial = true;
        }
        if (!clause.concepts.empty()) {
            for (const auto& entry : clause.concepts.entries()) {
                const ConceptId id = table ? table->find(entry.code) : no_concept;
                if (id == no_concept && table && table->content() == Content::complete) continue;  // there is no such code
                codes.push_back(row(id, &entry));
            }
            return codes;
        }
        for (const Filter& filter : clause.filters)
            if (!filter.broken().empty()) return Fault{Fault::Kind::invalid, filter.broken()};
        if (!table)
            return Fault{Fault::Kind::unsupported,
                         clause.built_in && clause.built_in->decides
                             ? fmt::format("the codes of {} follow a grammar and cannot be listed", clause.system)
                             : fmt::format("the content of the code system {} is not here", canonical(clause.system, clause.version)),
                         {}, clause.built_in ? base::IssueType::too_costly : base::IssueType::not_found};
        for (ConceptId id = 0; id < table->size(); ++id) {
            if (++work_ > most_work) return Fault{Fault::Kind::too_costly, "the value set is too large to be expanded"};
            Answer passes = Answer::yes;
            for (const Filter& filter : clause.filters) {
                passes = filter.passes(*table, id);
                if (passes == Answer::unknown)
                    return Fault{Fault::Kind::unsupported,
                                 fmt::format("the filter on '{}' of {} cannot be computed here", filter.property(), clause.system)};
                if (passes == Answer::no) break;
            }
            if (passes == Answer::yes) codes.push_back(row(id, nullptr));
        }
        return codes;
    }

    const ExpandQuestion& question_;
    const fhir::ucum::Units* units_;
    std::vector<std::string> words_;
    std::size_t work_ = 0;
    Expansion made_;
};

}  // namespace

base::Result<Expansion> expand(const ValueSet& set, const ExpandQuestion& question, const fhir::ucum::Units* units) {
    return Lister(question, units).run(set);
}

}  // namespace terminology
