// SPDX-License-Identifier: Apache-2.0
#pragma once

// A code system as a table: what a CodeSystem resource says (FHIR R4 4.8), compiled into one pool of text and flat rows.
//
// Compiling costs about a microsecond a concept; a concept costs its text and about 60 bytes. Finding a code is one hash
// without allocation. Immutable: shared by all threads. Concepts are numbered in the order of the resource, a parent
// before what is nested in it.
//
// The hierarchy is what is nested, and what the properties parent, child and subsumedBy say (by their URI
// http://hl7.org/fhir/concept-properties#..., or by those very codes). Circles in it do no harm.

#include "fhir/tree/view.h"
#include "terminology/code_index.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace terminology {

using ConceptId = std::uint32_t;
inline constexpr ConceptId no_concept = CodeIndex::none;

// How much of the system a resource holds (CodeSystem.content). A "complete" one without any concept says nothing, and
// is read as not_present: registries publish such husks for systems that they may not copy.
enum class Content : std::uint8_t { complete, fragment, example, supplement, not_present };

class CodeSystem {
public:
    struct Text {
        std::uint32_t at = 0;
        std::uint32_t size = 0;
    };
    struct Designation {
        Text value, language, use_system, use_code, use_display;
    };
    struct Property {
        std::uint32_t definition;  // into property_definitions()
        Text value;                // of a Coding: its code
        Text system;               // of a Coding
        Text type;                 // "code", "string", "boolean", "integer", "decimal", "dateTime", "Coding"
    };
    enum class Role : std::uint8_t { other, parent, child, inactive, status, abstract, deprecated };
    struct PropertyDefinition {
        std::string code, uri, type, description;
        Role role = Role::other;
        bool declared = false;  // stands in CodeSystem.property
    };

    static CodeSystem compile(fhir::View resource, std::span<const fhir::View> supplements = {});
    // Tables that come from elsewhere: rows of code and displays, the first being the preferred one.
    using Row = std::pair<std::string_view, std::vector<std::string_view>>;
    static CodeSystem from_rows(std::string_view url, std::string_view name, std::span<const Row> rows);

    const std::string& url() const { return url_; }
    const std::string& version() const { return version_; }
    const std::string& name() const { return name_; }
    const std::string& title() const { return title_.empty() ? name_ : title_; }
    const std::string& language() const { return language_; }
    const std::string& supplements() const { return supplements_; }  // of a supplement: what it adds to
    const std::vector<std::string>& used_supplements() const { return used_supplements_; }
    Content content() const { return content_; }
    bool case_sensitive() const { return case_sensitive_; }
    bool is_a_hierarchy() const { return is_a_hierarchy_; }  // hierarchyMeaning is is-a, or not said
    bool has_hierarchy() const { return !parents_.to.empty(); }
    std::size_t size() const { return rows_.size(); }
    std::size_t bytes() const;

    ConceptId find(std::string_view code) const;
    std::string_view code(ConceptId id) const { return text(rows_[id].code); }
    std::string_view display(ConceptId id) const { return text(rows_[id].display); }
    std::string_view definition(ConceptId id) const { return text(rows_[id].definition); }
    bool inactive(ConceptId id) const { return (rows_[id].flags & inactive_flag) != 0; }
    bool abstract(ConceptId id) const { return (rows_[id].flags & abstract_flag) != 0; }
    std::span<const ConceptId> parents(ConceptId id) const { return parents_.of(id); }
    std::span<const ConceptId> children(ConceptId id) const { return children_.of(id); }
    std::span<const Designation> designations(ConceptId id) const {
        return std::span(designations_).subspan(first_designation_[id], first_designation_[id + 1] - first_designation_[id]);
    }
    std::span<const Property> properties(ConceptId id) const {
        return std::span(properties_).subspan(first_property_[id], first_property_[id + 1] - first_property_[id]);
    }
    const std::vector<PropertyDefinition>& property_definitions() const { return definitions_; }
    // By code, or by URI; nullptr when neither is declared nor used.
    const PropertyDefinition* property(std::string_view code_or_uri) const;
    std::string_view text(Text text) const { return std::string_view(pool_).substr(text.at, text.size); }

    // True when they are the same, or `id` is below `ancestor`. Costs a walk upwards.
    bool is_a(ConceptId id, ConceptId ancestor) const;

private:
    friend class CodeSystemCompiler;
    static constexpr std::uint8_t inactive_flag = 1;
    static constexpr std::uint8_t abstract_flag = 2;

    struct Concept {
        Text code, display, definition;
        std::uint8_t flags = 0;
    };
    // Who is linked with whom: the targets of `i` are to[first[i]] ... to[first[i + 1]].
    struct Links {
        std::vector<std::uint32_t> first;
        std::vector<ConceptId> to;
        std::span<const ConceptId> of(ConceptId id) const {
            if (to.empty()) return {};
            return std::span(to).subspan(first[id], first[id + 1] - first[id]);
        }
    };

    std::string url_, version_, name_, title_, language_, supplements_;
    std::vector<std::string> used_supplements_;
    Content content_ = Content::not_present;
    bool case_sensitive_ = false;
    bool is_a_hierarchy_ = true;
    bool one_parent_ = true;  // nobody has two
    std::string pool_;
    std::vector<Concept> rows_;
    CodeIndex index_;
    Links parents_, children_;
    std::vector<Designation> designations_;
    std::vector<std::uint32_t> first_designation_;
    std::vector<Property> properties_;
    std::vector<std::uint32_t> first_property_;
    std::vector<PropertyDefinition> definitions_;
};

}  // namespace terminology
