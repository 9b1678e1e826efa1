// SPDX-License-Identifier: Apache-2.0
#pragma once

// A value set as it is asked: which codes does it hold? Made from a ValueSet resource (FHIR R4 4.9) by linking what it
// composes: code systems as tables, other value sets as value sets. Nothing is expanded: membership is decided include by
// include, usually by one or two hashes. Immutable: shared by all threads.
//
// Three answers. "unknown": an include needs content that is not here. Then the expansion that the resource itself may
// carry can still say yes. Value sets that include themselves, directly or not, contribute nothing by the circle.

#include "terminology/built_in.h"
#include "terminology/code_system.h"
#include "terminology/filter.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace terminology {

class ValueSet;

// Codes written out one by one: an include's concepts, or an expansion's.
class CodeList {
public:
    struct Designation {
        std::string value, language, use_system, use_code, use_display;
    };
    struct Entry {
        std::string code, system, version, display;
        std::vector<Designation> designations;
        bool inactive = false;
        bool abstract = false;
        std::uint32_t depth = 0;  // of nested expansions
    };
    void add(Entry entry) { entries_.push_back(std::move(entry)); }
    void sort();
    // `system` "" = any. nullptr when it is not there.
    const Entry* find(std::string_view system, std::string_view code) const;
    const std::vector<Entry>& entries() const { return entries_; }
    bool empty() const { return entries_.empty(); }
    std::size_t bytes() const;

private:
    std::vector<Entry> entries_;         // in the order of the resource
    std::vector<std::uint32_t> sorted_;  // by code
};

// One include or exclude.
struct Clause {
    struct Import {
        std::string canonical;
        std::shared_ptr<const ValueSet> set;  // null: not known
        bool circular = false;
    };
    std::string system, version;
    std::shared_ptr<const CodeSystem> table;  // null: its content is not here
    const BuiltIn* built_in = nullptr;        // when no resource is needed
    CodeList concepts;
    std::vector<Filter> filters;
    std::vector<Import> imports;

    // Its codes, from wherever they can be listed; nullptr when they cannot.
    const CodeSystem* listing() const { return table ? table.get() : built_in ? built_in->table : nullptr; }
};

struct Asked {
    std::string_view system;  // "" = whichever system of the set has the code
    std::string_view version;
    std::string_view code;
    const CodeSystem* table = nullptr;  // the version of the system that was asked for, when it is known
};

struct Match {
    Answer answer = Answer::no;
    std::string_view system;             // where the code was found
    const CodeSystem* table = nullptr;   // and its row there
    ConceptId id = no_concept;
    const CodeList::Entry* entry = nullptr;  // and what the value set itself says of it
    std::string why{};                   // why unknown, or an unusual no
};

// How a value set finds what it refers to; either may give nullptr.
struct Links {
    std::function<std::shared_ptr<const CodeSystem>(std::string_view url, std::string_view version)> system;
    std::function<Clause::Import(std::string_view canonical)> set;
    // For value sets that demand a supplement: the system with it; nullptr when either is missing.
    std::function<std::shared_ptr<const CodeSystem>(std::string_view url, std::string_view version,
                                                    const std::vector<std::string>& supplements)> supplemented{};
};

class ValueSet {
public:
    static ValueSet link(fhir::View resource, std::string_view package, const Links& links);
    // Value sets that have no resource but their URL: all of a system, SNOMED CT's "?fhir_vs=isa/..." (FHIR R4 4.9.1,
    // 4.3.1). Nothing for other URLs.
    static std::shared_ptr<const ValueSet> implicit(std::string_view url, const Links& links);

    Match find(const Asked& asked, const fhir::ucum::Units* units) const;
    // What one of its includes or excludes says.
    Answer in(const Clause& clause, const Asked& asked, const fhir::ucum::Units* units, Match& match) const;

    const std::string& url() const { return url_; }
    const std::string& version() const { return version_; }
    const std::string& name() const { return title_.empty() ? name_ : title_; }
    const std::string& language() const { return language_; }
    const std::string& package() const { return package_; }
    std::string canonical() const { return version_.empty() ? url_ : url_ + "|" + version_; }
    const std::vector<Clause>& includes() const { return includes_; }
    const std::vector<Clause>& excludes() const { return excludes_; }
    bool with_inactive() const { return with_inactive_; }
    bool composed() const { return composed_; }           // has a compose; else its expansion is all there is
    const CodeList& expansion() const { return expansion_; }
    bool expansion_complete() const { return expansion_complete_; }
    bool circular() const { return circular_; }           // includes itself somewhere
    const std::vector<std::string>& supplements() const { return supplements_; }
    const std::string& missing_supplement() const { return missing_supplement_; }
    std::size_t bytes() const;

private:
    struct Search;
    static ValueSet read(fhir::View resource, std::string_view package, const Links& links);
    Clause clause(fhir::View node, const Links& links);
    void read_expansion(fhir::View node);
    bool uses(std::string_view supplement) const;
    void read_contains(fhir::View node, std::uint32_t depth);
    void find(Search& search, Match& match) const;
    static Answer in_clause(const Clause& clause, Search& search, Match& match);
    static Answer in_system(const Clause& clause, Search& search, Match& match);
    static Answer in_filters(const Clause& clause, Search& search, Match& match);

    std::string url_, version_, name_, title_, language_, package_;
    std::vector<Clause> includes_, excludes_;
    std::vector<std::string> supplements_;
    std::string missing_supplement_;
    CodeList expansion_;
    bool composed_ = false;
    bool with_inactive_ = true;
    bool expansion_complete_ = false;
    bool circular_ = false;
};

}  // namespace terminology
