// SPDX-License-Identifier: Apache-2.0
#include "terminology/local.h"

#include "terminology/display.h"

#include <fmt/format.h>

namespace terminology {

using fhir::validate::CodedValue;
using fhir::validate::CodeVerdict;

namespace {

constexpr std::size_t longest_shown = 100;  // of what was sent, in a message
constexpr std::size_t most_suggested = 12;

std::string shown(std::string_view text) {
    return text.size() <= longest_shown ? std::string(text) : std::string(text.substr(0, longest_shown)) + "...";
}

std::string name_of(const CodedValue& value) {
    return value.system.empty() ? shown(value.code) : fmt::format("{}#{}", shown(value.system), shown(value.code));
}

void say(CodeVerdict& verdict, std::string_view text) {
    if (text.empty()) return;
    if (!verdict.text.empty()) verdict.text += "; ";
    verdict.text += text;
}

// Codes that a system has by a rule in words: HL7 table 0203 gives NNxxx to national identifiers, xxx being a country.
bool special_code(std::string_view system, std::string_view code) {
    return system == "http://terminology.hl7.org/CodeSystem/v2-0203" && code.size() == 5 && code.starts_with("NN") &&
           built_in("urn:iso:std:iso:3166")->table->find(code.substr(2)) != no_concept;
}

// The codes of a small set, for a person who must choose another; empty when there are many.
std::string choices(const ValueSet& set) {
    std::string all;
    std::size_t count = 0;
    const auto add = [&](std::string_view code) {
        if (++count <= most_suggested) (all += all.empty() ? "" : ", ") += code;
    };
    if (!set.composed())
        for (const auto& each : set.expansion().entries()) add(each.code);
    for (const Clause& clause : set.includes()) {
        if (!clause.imports.empty() || !clause.filters.empty()) return {};
        for (const auto& each : clause.concepts.entries()) add(each.code);
        if (!clause.concepts.empty()) continue;
        if (!clause.table || clause.table->content() != Content::complete || clause.table->size() > most_suggested) return {};
        for (ConceptId id = 0; id < clause.table->size(); ++id)
            if (!clause.table->abstract(id)) add(clause.table->code(id));
    }
    return count <= most_suggested ? all : std::string{};
}

}  // namespace

Local::Local(fhir::definition::Library library, const fhir::ucum::Units* units, std::size_t most_bytes)
    : catalog_(std::move(library), most_bytes), units_(units) {}

CodeVerdict Local::check(const CodedValue& value, std::string_view value_set, std::string_view package) const {
    static const CheckOptions plain;
    return check(value, value_set, package, plain);
}

CodeVerdict Local::check(const CodedValue& value, std::string_view value_set, std::string_view package, const CheckOptions& options) const {
    if (value_set.empty()) return judge(value, nullptr, package, options);
    const auto set = catalog_.set(value_set, package);
    CodeVerdict verdict = judge(value, set.get(), package, options);
    if (!set) say(verdict, fmt::format("the value set {} is not known, so nobody can tell whether it has the code", shown(value_set)));
    return verdict;
}

CodeVerdict Local::check(const CodedValue& value, const ValueSet& set, std::string_view package, const CheckOptions& options) const {
    return judge(value, &set, package, options);
}

namespace {

bool names_another(std::string_view display, const CodeSystem& table, ConceptId id) {
    for (ConceptId other = 0; other < table.size(); ++other)
        if (other != id && display_fits(display, &table, other, nullptr, {}) == Answer::yes && table.display(other) != table.display(id)) return true;
    return false;
}

}  // namespace

CodeVerdict Local::judge(const CodedValue& value, const ValueSet* set, std::string_view package, const CheckOptions& options) const {
    CodeVerdict verdict;
    std::shared_ptr<const CodeSystem> own;  // the system that the code says it is of
    bool other_version = false;
    if (!value.system.empty() && !options.supplements.empty()) {
        own = catalog_.system(value.system, value.version, package, options.supplements);
        if (!own) {
            say(verdict, fmt::format("a supplement that was asked for is not known, or not for {}", shown(value.system)));
            return verdict;
        }
    } else if (!value.system.empty()) {
        own = catalog_.system(value.system, value.version, package);
        if (!own && !value.version.empty()) {
            own = catalog_.system(value.system, {}, package);
            other_version = own != nullptr;
        }
    }
    const CodeSystem* table = own.get();
    ConceptId id = no_concept;
    std::string_view system = value.system;
    const CodeList::Entry* entry = nullptr;

    if (set) {
        verdict.set_known = true;
        const bool named = own && !other_version && !(value.version.empty() && options.supplements.empty());
        const Asked asked{value.system, value.version, value.code, named ? table : nullptr};
        Match match = set->find(asked, units_);
        verdict.in_set = match.answer;
        entry = match.entry;
        if (match.answer == Answer::yes) {
            if (system.empty()) system = match.system;
            if (match.table) table = match.table;  // the version that the set names, with its supplements
        }
        if (match.table == table) id = match.id;
        // The newest version knows the code or not; about the one that was named nobody can tell.
        if (other_version && match.answer == Answer::no && table->find(value.code) == no_concept) verdict.in_set = Answer::unknown;
        if (verdict.in_set == Answer::no) {
            say(verdict, fmt::format("The code '{}' is not in the value set '{}' ({})", name_of(value), set->name(), set->canonical()));
            say(verdict, match.why);
            if (const std::string all = choices(*set); !all.empty()) say(verdict, fmt::format("it has: {}", all));
        } else if (verdict.in_set == Answer::unknown) {
            say(verdict, match.why);
        }
    }
    if (!system.empty()) {
        const BuiltIn* rules = built_in(system);
        verdict.system_named = own || rules;
        if (!table || table->content() == Content::not_present) table = rules ? rules->table : nullptr;
        if (table && id == no_concept) id = table->find(value.code);
        verdict.system_known = (table && table->content() != Content::supplement && !other_version) || (rules && rules->decides);
        if (table && table->content() == Content::supplement) {
            verdict.in_system = Answer::no;
            say(verdict, fmt::format("{} is a supplement and no code system; use {}", shown(system), table->supplements()));
            table = nullptr;
        } else if (id != no_concept) {
            verdict.in_system = other_version ? Answer::unknown : Answer::yes;
            if (table->code(id) != value.code)
                say(verdict, fmt::format("the code '{}' is written '{}'", shown(value.code), table->code(id)));
        } else if (table && table->content() == Content::complete) {
            verdict.in_system = special_code(system, value.code) ? Answer::yes : other_version ? Answer::unknown : Answer::no;
            if (verdict.in_system == Answer::no)
                say(verdict, fmt::format("Unknown code '{}' in the code system '{}'{}", shown(value.code), system,
                                         table->version().empty() ? "" : fmt::format(" version '{}'", table->version())));
        } else if (rules) {
            Ruling ruling = rules->grammar(value.code, units_);
            verdict.in_system = ruling.known;
            say(verdict, ruling.why);
        } else if (!table && catalog_.library().knows("ValueSet", system)) {
            verdict.in_system = Answer::no;
            say(verdict, fmt::format("{} is a value set and no code system; name the system that the code comes from", shown(system)));
        }
        if (other_version && verdict.in_system == Answer::unknown)
            say(verdict, fmt::format("version {} of {} is not here", shown(value.version), system));
    }
    if (table && id != no_concept) {
        verdict.inactive = table->inactive(id);
        verdict.abstract = table->abstract(id);
        verdict.display = options.languages.any() ? table->display(id) : options.languages.display(table, id, entry, {});
    }
    if (entry) {
        verdict.inactive = verdict.inactive || entry->inactive;
        verdict.abstract = verdict.abstract || entry->abstract;
        if (verdict.display.empty()) verdict.display = entry->display;
    }
    verdict.display_fits = display_fits(value.display, table, id, entry, options.languages);
    // The names of countries and currencies have many good spellings, and the tables here know some: only another one's name is wrong.
    if (verdict.display_fits == Answer::no && built_in(system) && (!table || !names_another(value.display, *table, id))) verdict.display_fits = Answer::unknown;
    if (verdict.display_fits == Answer::no)
        say(verdict, fmt::format("Wrong display name '{}' for {}#{}. Valid is {}", shown(value.display), system, shown(value.code),
                                 valid_displays(table, id, entry, options.languages)));
    return verdict;
}

Answer Local::subsumes(std::string_view system, std::string_view general, std::string_view specific) const {
    const auto found = catalog_.system(system, {}, {});
    const BuiltIn* rules = built_in(system);
    const CodeSystem* table = found && found->content() != Content::not_present ? found.get() : rules ? rules->table : nullptr;
    if (table) {
        const ConceptId above = table->find(general);
        const ConceptId below = table->find(specific);
        if (above != no_concept && below != no_concept) {
            if (above == below) return Answer::yes;
            if (!table->is_a_hierarchy()) return Answer::unknown;
            if (table->is_a(below, above)) return Answer::yes;
            return table->content() == Content::complete ? Answer::no : Answer::unknown;
        }
    }
    return general == specific && !general.empty() && rules && rules->grammar(general, units_).known != Answer::no ? Answer::yes
                                                                                                                 : Answer::unknown;
}

}  // namespace terminology
